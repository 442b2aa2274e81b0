package dev.palimpsest.torch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Memory of this process that the machine holds in RAM.
final class Resident {
    private Resident() {}

    static long bytes() {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            String found =
                    lines.filter(line -> line.startsWith("VmRSS:")).findFirst().orElseThrow();
            return Long.parseLong(found.replaceAll("\\D", "")) * 1024;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the memory of this process", e);
        }
    }
}
