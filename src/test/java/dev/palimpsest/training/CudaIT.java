package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.DeviceMemory;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchException;
import dev.palimpsest.torch.TorchFailure;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The same programs on a GPU, to the bit too.
@Tag("gpu")
class CudaIT extends DeterminismContract {

    @BeforeAll
    static void onlyWithADevice() {
        TestPrograms.assumeCuda();
    }

    @Override
    List<String> modes() {
        return List.of("fp32", "bf16_sdpa");
    }

    @Override
    String device() {
        return "cuda:0";
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
        long before = used();
        assertThat(before).isPositive();
        try (TensorScope scope = TestPrograms.RUNTIME.scope()) {
            assertThatThrownBy(() -> TestPrograms.PROGRAM.call(scope, "zeros", new long[] {terabyte}, 6L, device()))
                    .isInstanceOfSatisfying(
                            TorchException.class,
                            full -> assertThat(full.kind()).isEqualTo(TorchFailure.GPU_OUT_OF_MEMORY));
        }

        assertThat(used()).isLessThan(before + terabyte / 1024);
        twoRunsOfOnePlanAreEqual("fp32");
    }

    private long used() {
        return DeviceMemory.used(device()).orElseThrow();
    }
}
