package dev.palimpsest.bench;

import dev.palimpsest.torch.ProgramArchive;
import java.nio.file.Path;

/// Writes the programs of the service to the file it is given, which `torch.jit.load` reads; for `gpu.py`.
final class SaveArchive {

    private SaveArchive() {}

    public static void main(String[] arguments) {
        ProgramArchive.of(ProgramArchive.MAIN_SOURCES).save(Path.of(arguments[0]));
    }
}
