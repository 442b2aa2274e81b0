package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.support.SmallRun;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The manifest of a real run against the method that made it.
@Tag("engine")
class ModelFormIT {

    @Test
    void whereTheTaskIsInferredEveryTaskHasItsSnapshotWithTheCoefficientsThatServe() {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED)))) {
            run.run(null);
            ServedModel.Inference served =
                    Objects.requireNonNull(Objects.requireNonNull(Objects.requireNonNull(SmallRun.newest(run.store()))
                                    .manifest()
                                    .model())
                            .inference());
            var inference = (Inference.ByInferredTask) run.method().inference();

            assertThat(served.servedBy()).isEqualTo(ServedModel.ServedBy.INFERRED_TASK);
            assertThat(served.snapshots())
                    .extracting(ServedModel.Snapshot::task)
                    .containsExactly(1, 2, 3);
            for (ServedModel.Snapshot snapshot : served.snapshots()) {
                List<SiteValues> serving =
                        inference.snapshots().get(snapshot.task() - 1).coefficients();
                assertThat(snapshot.adapters()).hasSize(snapshot.task());
                for (ServedModel.AdapterCoefficients one : snapshot.adapters()) {
                    assertThat(run.network().bank().settings().all())
                            .allSatisfy(site -> assertThat(at(one, site))
                                    .isEqualTo(serving.get(one.adapter() - 1).at(site)));
                }
            }
        }
    }

    private static double at(ServedModel.AdapterCoefficients adapter, AdapterSite site) {
        return Objects.requireNonNull(adapter.coefficients().get(site.matrix().wire()))
                .get(site.block());
    }
}
