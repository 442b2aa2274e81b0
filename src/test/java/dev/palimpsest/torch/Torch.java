package dev.palimpsest.torch;

import java.util.ArrayList;
import java.util.List;

/// What the tests of this room share: the runtime, and the programs joined with those that only tests have.
final class Torch {
    static final TorchRuntime RUNTIME = TorchRuntime.start(2);
    static final Program PROGRAM = program();

    private Torch() {}

    private static Program program() {
        List<String> sources = new ArrayList<>(ProgramArchive.MAIN_SOURCES);
        sources.add("argument_kinds");
        return RUNTIME.load(ProgramArchive.of(sources));
    }
}
