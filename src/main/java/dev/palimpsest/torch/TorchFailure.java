package dev.palimpsest.torch;

import java.util.List;

/// How a failed program ended, told from libtorch's text: the text is all that crosses the bridge.
public enum TorchFailure {
    /// The device's memory is full. Its cache is emptied; the slot can go on with another job.
    GPU_OUT_OF_MEMORY,
    HOST_OUT_OF_MEMORY,
    /// Any other exception of a program; the message has the source line.
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
