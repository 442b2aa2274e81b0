package dev.palimpsest.model;

import dev.palimpsest.torch.Program;
import dev.palimpsest.torch.ProgramArchive;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.List;

/// The programs joined with those that only tests have: the twin for autograd and windows into a step.
public final class TestPrograms {

    public static final TorchRuntime RUNTIME = TorchRuntime.start(2);

    public static final Program PROGRAM = load();

    private TestPrograms() {}

    private static Program load() {
        List<String> sources = new ArrayList<>(ProgramArchive.MAIN_SOURCES);
        sources.add("reference");
        sources.add("probe");
        return RUNTIME.load(ProgramArchive.of(sources));
    }
}
