package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchException;
import dev.palimpsest.torch.TorchFailure;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The same programs on a GPU.
@Tag("gpu")
class CudaIT {

    private static final String DEVICE = "cuda:0";

    @BeforeAll
    static void onlyWithADevice() {
        assumeTrue(TestPrograms.RUNTIME.cuda(), "no CUDA device, or a libtorch that is for the CPU alone");
    }

    private static SmallRun.Options options(String mode) {
        return SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED))
                .with(NumericMode.byName(mode))
                .on(DEVICE);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"fp32", "bf16_sdpa"})
    void twoRunsOfOnePlanAreEqual(String mode) {
        try (SmallRun first = new SmallRun(options(mode));
                SmallRun second = new SmallRun(options(mode))) {
            first.run(null);
            second.run(null);

            assertThat(first.digests()).isEqualTo(second.digests());
        }
    }

    @Test
    void theFirstEpochLosesAsOnTheCpu() {
        try (SmallRun here = new SmallRun(options("fp32"));
                SmallRun cpu = new SmallRun(options("fp32").on("cpu"))) {
            here.run(null);
            cpu.run(null);

            List<Double> expected = losses(cpu);
            List<Double> found = losses(here);
            for (int step = 0; step < expected.size(); step++) {
                assertThat(found.get(step)).as("step %d", step).isCloseTo(expected.get(step), within(1e-3));
            }
        }
    }

    private static List<Double> losses(SmallRun run) {
        return run.events().stream()
                .filter(TrainingEvent.EpochCompleted.class::isInstance)
                .map(TrainingEvent.EpochCompleted.class::cast)
                .limit(1)
                .flatMap(epoch -> epoch.steps().stream())
                .map(StepRecord::loss)
                .toList();
    }

    @Test
    void aFullDeviceSaysSoAndGoesOn() {
        long terabyte = 1L << 40;
        try (TensorScope scope = TestPrograms.RUNTIME.scope()) {
            assertThatThrownBy(() -> TestPrograms.PROGRAM.call(scope, "zeros", new long[] {terabyte}, 6L, DEVICE))
                    .isInstanceOfSatisfying(
                            TorchException.class,
                            full -> assertThat(full.kind()).isEqualTo(TorchFailure.GPU_OUT_OF_MEMORY));
        }

        twoRunsOfOnePlanAreEqual("fp32");
    }
}
