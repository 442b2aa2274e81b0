package dev.palimpsest.model;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

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

    /// Skips the tests of a class where there is no GPU.
    public static void assumeCuda() {
        assumeTrue(RUNTIME.cuda(), "no CUDA device, or a libtorch that is for the CPU alone");
    }

    private static Program load() {
        List<String> sources = new ArrayList<>(ProgramArchive.MAIN_SOURCES);
        sources.add("reference");
        sources.add("probe");
        return RUNTIME.load(ProgramArchive.of(sources));
    }
}
