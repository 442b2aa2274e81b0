package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.SequentialLora;
import dev.palimpsest.model.Site;
import dev.palimpsest.support.ChangedLora;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import java.nio.charset.StandardCharsets;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A run whose model has a dense change beside its adapter: what its checkpoints say and what can be done with them.
@Tag("engine")
class DenseChangeOfARunIT {

    private static final SequentialLora.Settings ADAPTERS = new SequentialLora.Settings(
            new AdapterChoice(EnumSet.of(Site.K, Site.FC2), null, 2, null), ClassScope.TASK, null);

    private static final SmallRun.Options OPTIONS =
            SmallRun.Options.of(ADAPTERS).made(() -> new ChangedLora(ADAPTERS));

    private static SmallRun run;

    @BeforeAll
    static void learn() {
        run = new SmallRun(OPTIONS);
        run.run(null);
    }

    @AfterAll
    static void release() {
        run.close();
    }

    private static StoredCheckpoint checkpoint(int number) {
        return run.store().open(run.store().list("job").get(number));
    }

    @Test
    void theManifestNamesTheMatricesAndIsOfTheFormatThatHasThem() {
        StoredCheckpoint last = checkpoint(2 * SmallRun.TASKS - 1);
        ServedModel.Inference served = Objects.requireNonNull(
                Objects.requireNonNull(last.manifest().model()).inference());

        assertThat(last.manifest().formatVersion()).isEqualTo(3);
        assertThat(served.snapshots())
                .singleElement()
                .satisfies(snapshot -> assertThat(snapshot.dense())
                        .isEqualTo(Map.of("q", List.of(0), "v", List.of(0), "fc2", List.of(1))));
    }

    @Test
    void aRunWithoutOneSaysThatThereIsNone() {
        try (SmallRun plain = new SmallRun(SmallRun.Options.of(ADAPTERS))) {
            plain.run(null);
            StoredCheckpoint last = Objects.requireNonNull(SmallRun.newest(plain.store()));

            assertThat(new String(last.manifest().toJson(), StandardCharsets.UTF_8))
                    .contains("\"dense\" : null");
        }
    }

    @Test
    void theStoredModelIsMeasuredAsTheRunMeasuredIt() {
        var measured = run.events(TrainingEvent.Evaluated.class).getLast().row();

        try (SmallRun other = new SmallRun(OPTIONS)) {
            assertThat(new StoredModel(checkpoint(2 * SmallRun.TASKS - 1), other.tasks())
                            .evaluate(other.engine(), other.method(), EvaluationProtocol.PER_IMAGE, 64))
                    .contains(measured);
        }
        try (SmallRun without = new SmallRun(SmallRun.Options.of(ADAPTERS))) {
            assertThat(new StoredModel(checkpoint(2 * SmallRun.TASKS - 1), without.tasks())
                            .evaluate(without.engine(), without.method(), EvaluationProtocol.PER_IMAGE, 64)
                            .orElseThrow())
                    .as("the change decides")
                    .isNotEqualTo(measured);
        }
    }

    /// The first checkpoint is from inside the first task, when there was no change yet.
    @ParameterizedTest(name = "checkpoint {0} of the run")
    @ValueSource(ints = {0, 1, 2, 3, 4})
    void aRunGoesOnFromItToTheSameBits(int number) {
        InMemoryCheckpointStore store = run.store();

        try (SmallRun resumed = new SmallRun(OPTIONS, new InMemoryCheckpointStore(), 2)) {
            assertThat(resumed.run(store.open(store.list("job").get(number))))
                    .isEqualTo(new TrainingOutcome.Completed());

            assertThat(resumed.digests()).isEqualTo(run.digests());
        }
    }
}
