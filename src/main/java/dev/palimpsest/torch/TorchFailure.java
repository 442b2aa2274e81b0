package dev.palimpsest.torch;

import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// How a failed program ended, told from libtorch's text: the text is all that crosses the bridge.
public enum TorchFailure {
    /// The device's memory is full. Its cache is emptied; the slot can go on with another job.
    GPU_OUT_OF_MEMORY,
    HOST_OUT_OF_MEMORY,
    /// Any other exception of a program; the message names the function, its cause has the traceback.
    PROGRAM_FAILED,
    /// The CUDA context is gone: every later call of this process fails, so the process has to end.
    DEVICE_LOST;

    private static final List<String> LOST = List.of(
            "device-side assert",
            "illegal memory access",
            "illegal instruction",
            "misaligned address",
            "unspecified launch failure",
            "uncorrectable ECC");

    /// What libtorch says at the end of a traceback: `RuntimeError: ...`.
    private static final Pattern ERROR = Pattern.compile("^[\\w.]*(?:Error|Exception): (.*)$", Pattern.MULTILINE);

    private static final Pattern PLACE = Pattern.compile("^ *File \".*\", line \\d+, in (\\w+)$", Pattern.MULTILINE);

    /// What follows this in a message about memory is advice on libtorch's own variables.
    private static final String FREE = "is free.";

    /// One sentence of libtorch's text: what failed, in which function, and why.
    static String sentence(String failed, String message) {
        String place = last(PLACE, message).map(name -> " in " + name).orElse("");
        String what =
                last(ERROR, message).orElseGet(() -> message.lines().findFirst().orElse(""));
        int free = what.indexOf(FREE);
        return failed + " failed" + place + ": " + (free < 0 ? what : what.substring(0, free + FREE.length()));
    }

    private static Optional<String> last(Pattern pattern, String message) {
        return pattern.matcher(message).results().map(found -> found.group(1)).reduce((before, after) -> after);
    }

    static TorchFailure of(String message) {
        if (message.contains("CUDA out of memory")) {
            return GPU_OUT_OF_MEMORY;
        }
        if (message.contains("not enough memory") || message.contains("can't allocate memory")) {
            return HOST_OUT_OF_MEMORY;
        }
        return LOST.stream().anyMatch(message::contains) ? DEVICE_LOST : PROGRAM_FAILED;
    }
}
