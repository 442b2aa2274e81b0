package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.checkpoints.CheckpointDraft;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.methods.NearestClassMean;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.model.NonFiniteException;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.InvalidSafetensorsException;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Numbers that are none end a run or an evaluation; nothing is counted of them.
@Tag("engine")
class NonFiniteIT {

    @ParameterizedTest
    @ValueSource(doubles = {Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY})
    void oneSuchValueRefusesItsRow(double bad) {
        assertThatThrownBy(() -> NonFiniteException.check(new double[] {1, 2, 3, bad, 5, bad}, 3, "features"))
                .isInstanceOf(NonFiniteException.class)
                .hasMessageContaining("The features of 2 of 3 images are not finite");
        assertThatCode(() -> NonFiniteException.check(new double[] {1, 2, 3, -Double.MAX_VALUE}, 2, "features"))
                .doesNotThrowAnyException();
        assertThatCode(() -> NonFiniteException.check(new double[0], 0, "features"))
                .doesNotThrowAnyException();
    }

    @Test
    void scoresThatAreNoNumberAreNotCountedAsTheFirstClass() {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(new NearestClassMean.Settings()))) {
            run.run(null);
            int width = run.network().shape().width();
            double[] weight = new double[width];
            weight[0] = Double.NaN;
            run.network().heads().set(1, weight, new double[] {0});

            assertThatThrownBy(() -> run.engine().evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST))
                    .isInstanceOf(NonFiniteException.class)
                    .hasMessageContaining("The scores of");
        }
    }

    /// The checkpoint of a good run with one value of one file replaced.
    @ParameterizedTest
    @ValueSource(strings = {"heads", "method"})
    void aCheckpointWithSuchAValueIsNotGoneOnFrom(String spoilt) {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun run = new SmallRun(SmallRun.Options.of(new NearestClassMean.Settings()), store, 1)) {
            run.run(null);
        }
        StoredCheckpoint good = Objects.requireNonNull(SmallRun.newest(store));
        CheckpointKey key = new CheckpointKey("job", 9, "checkpoint-999");
        StoredCheckpoint bad;
        try (CheckpointDraft draft = store.begin(key)) {
            for (StoredFile file : good.manifest().files()) {
                TensorBundle read = Tensors.read(good.file(file.name()));
                TensorBundle bundle = new TensorBundle();
                for (String name : read.names()) {
                    bundle.put(name, file.name().startsWith(spoilt) ? spoilt(read.get(name)) : read.get(name));
                }
                draft.add(file.name(), out -> Safetensors.write(out, bundle, Map.of()));
            }
            bad = draft.finish(named(good.manifest(), key));
        }

        try (RunState state = RunState.read(good)) {
            assertThat(state.task()).isEqualTo(SmallRun.TASKS);
        }
        assertThatThrownBy(() -> RunState.read(bad))
                .isInstanceOf(InvalidSafetensorsException.class)
                .hasMessageContaining("not finite");
    }

    private static HostTensor spoilt(HostTensor tensor) {
        double[] values = tensor.doubles().clone();
        values[0] = Double.POSITIVE_INFINITY;
        return HostTensor.ofDoubles(values, tensor.shape());
    }

    private static CheckpointManifest named(CheckpointManifest other, CheckpointKey key) {
        return new CheckpointManifest(
                other.formatVersion(),
                key.checkpointId(),
                key.jobId(),
                key.attempt(),
                other.createdAt(),
                other.fingerprint(),
                other.kind(),
                other.task(),
                other.epoch(),
                other.step(),
                other.trainSeconds(),
                other.resumable(),
                other.continuable(),
                other.contains(),
                other.classes(),
                other.backbone(),
                other.dataset(),
                other.random(),
                other.counts(),
                other.plan(),
                other.model(),
                List.of());
    }
}
