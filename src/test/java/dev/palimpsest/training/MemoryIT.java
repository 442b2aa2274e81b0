package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.support.OneStep;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.ResidentMemory;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Native memory stays where it is while steps go on, and goes back when a run is closed.
@Tag("engine")
class MemoryIT {

    private static final int IMAGES = 32;

    @Test
    void residentMemoryIsFlatWhileStepsGoOn() {
        try (Backbone backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, 1);
                Network network = TinyNetworks.network(
                        TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(4), 4, NumericMode.FP32);
                ImagePixels images = TinyNetworks.images(network, IMAGES, 2)) {
            network.bank().grow(3);
            SiteValues gate = SiteValues.all(network.shape().depth(), 0.25);
            OptimizerNumbers adam = new OptimizerNumbers(0, 0.9, 0.999, 1e-8, 0, 0, 1);
            long[] labels = LongStream.range(0, IMAGES).map(i -> i % 4).toArray();
            SessionSetup setup = new SessionSetup(
                    images,
                    labels,
                    Set.of(Part.DOWN, Part.UP, Part.HEADS),
                    new ClassRange(0, 4),
                    adam,
                    List.of(),
                    new ImportanceCollection(0.85, 0.85, false));
            try (AdapterSession session =
                    new AdapterSession(network, TrainingView.plain(AdapterView.NONE, gate), setup)) {
                session.order(LongStream.range(0, IMAGES).toArray());
                steps(session, 200);
                System.gc();
                long warm = ResidentMemory.bytes().orElseThrow();
                long open = TestPrograms.RUNTIME.openTensors();

                steps(session, 1_000);

                System.gc();
                assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(open);
                assertThat(ResidentMemory.bytes().orElseThrow())
                        .as("resident bytes after 1,000 more steps, %d before", warm)
                        .isLessThan(warm + warm / 50);
            }
        }
    }

    @Test
    void aClosedRunLeavesNothingOpen() {
        long before = TestPrograms.RUNTIME.openTensors();

        try (SmallRun run = new SmallRun(SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED)))) {
            run.run(null);
            assertThat(TestPrograms.RUNTIME.openTensors()).isGreaterThan(before);
        }

        assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(before);
    }

    private static void steps(AdapterSession session, int count) {
        for (int i = 0; i < count; i++) {
            OneStep.of(session, i % 4 * 8, 8, i, new StepRates(1e-3, 1e-3, 1e-3), i % 2 == 0);
        }
    }
}
