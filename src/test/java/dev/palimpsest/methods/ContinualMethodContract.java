package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.Weights;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingOutcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every method keeps.
@Tag("engine")
abstract class ContinualMethodContract {

    private static final int CHUNK = 16;

    /// Small enough for a tiny network.
    abstract MethodSettings settings();

    /// Whether each task brings an adapter of its own.
    abstract boolean growsEachTask();

    @Test
    void adaptersOfEarlierTasksKeepTheirBits() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()), store, 1)) {
            run.run(null);
            TensorBundle last = run.network().bank().save();
            int tasks = growsEachTask() ? SmallRun.TASKS : run.network().bank().size();
            assertThat(run.network().bank().size()).isEqualTo(tasks);

            if (growsEachTask()) {
                TensorBundle earlier = adaptersAfterTwoTasks(store);
                assertThat(earlier.names()).isNotEmpty();
                for (String name : earlier.names()) {
                    assertThat(last.get(name).floats())
                            .as(name)
                            .isEqualTo(earlier.get(name).floats());
                }
            }
        }
    }

    /// From the checkpoint of the second task.
    private TensorBundle adaptersAfterTwoTasks(InMemoryCheckpointStore store) {
        StoredCheckpoint second = store.list("job").stream()
                .map(store::open)
                .filter(checkpoint -> checkpoint.manifest().epoch() == null)
                .filter(checkpoint -> checkpoint.manifest().task() == 2)
                .findFirst()
                .orElseThrow();
        try (SmallRun half = new SmallRun(SmallRun.Options.of(settings()))) {
            half.engine().restore(bundles(second), half.method(), half.tasks().subList(0, 2));
            return Tensors.copy(half.network().bank().save());
        }
    }

    private static Map<String, TensorBundle> bundles(StoredCheckpoint checkpoint) {
        Map<String, TensorBundle> bundles = new LinkedHashMap<>();
        checkpoint
                .manifest()
                .files()
                .forEach(file -> bundles.put(
                        file.name().replace(".safetensors", ""), Tensors.read(checkpoint.file(file.name()))));
        return bundles;
    }

    @Test
    void aSavedAndRestoredModelGivesTheSameScores() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()), store, 1);
                SmallRun restored = new SmallRun(SmallRun.Options.of(settings()))) {
            run.run(null);
            StoredCheckpoint last = SmallRun.newest(store);
            if (last == null) {
                throw new AssertionError("the run has no checkpoint");
            }
            restored.engine().restore(bundles(last), restored.method(), restored.tasks());

            List<double[]> before = scores(run);
            List<double[]> after = scores(restored);

            assertThat(after).hasSameSizeAs(before);
            for (int j = 0; j < before.size(); j++) {
                assertThat(after.get(j)).as("view %d", j).isEqualTo(before.get(j));
            }
        }
    }

    /// Scores of all test pictures under every view that may classify one.
    private static List<double[]> scores(SmallRun run) {
        List<AdapterView> views = switch (run.method().inference()) {
            case Inference.Latest latest -> List.of(latest.view());
            case Inference.ByInferredTask byTask -> byTask.snapshots();
            case Inference.ByBatchMajority leak -> throw new AssertionError("a method must not answer with " + leak);
        };
        List<double[]> all = new ArrayList<>();
        try (ImagePixels pictures = run.testPictures()) {
            for (AdapterView view : views) {
                try (Weights weights = run.network().compose(view);
                        TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                    List<double[]> parts = new ArrayList<>();
                    for (long from = 0; from < pictures.count(); from += CHUNK) {
                        long[] rows = LongStream.range(from, Math.min(pictures.count(), from + CHUNK))
                                .toArray();
                        parts.add(run.network()
                                .features(scope, pictures, rows, weights, CHUNK)
                                .doubles());
                    }
                    double[] features =
                            parts.stream().flatMapToDouble(Arrays::stream).toArray();
                    all.add(run.network()
                            .logits(scope, features, pictures.count(), CHUNK)
                            .doubles());
                }
            }
        }
        return all;
    }

    @Test
    void closingReleasesEverything() {
        long before = TestPrograms.RUNTIME.openTensors();

        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()))) {
            run.run(null);
        }

        assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(before);
    }

    @Test
    void theBatchOfTheEvaluationDoesNotMatter() {
        assertThat(rows(1)).isEqualTo(rows(64)).isNotEmpty();
    }

    private List<TrainingEvent> rows(int batch) {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()).evaluating(batch))) {
            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());
            return run.events().stream()
                    .filter(TrainingEvent.Evaluated.class::isInstance)
                    .toList();
        }
    }

    @Test
    void theTraitsAreTrueOfWhatARunLeaves() {
        MethodTraits traits = settings().info().traits();
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()))) {
            run.run(null);
            Inference inference = run.method().inference();
            TensorBundle saved = run.method().save();

            assertThat(inference instanceof Inference.ByInferredTask)
                    .isEqualTo(settings().infersTask());
            assertThat(settings().infersTask())
                    .as("a task is inferred only by a method that can")
                    .isIn(false, traits.infersTask());
            assertThat(traits.forwardPassesPerImage()).isEqualTo(traits.infersTask() ? 2 : 1);
            assertThat(run.network().saveBackbone() != null).isEqualTo(traits.trainsBackbone());
            assertThat(saved.names().stream().anyMatch(name -> saved.get(name).type() == ElementType.UINT8))
                    .as("pictures are kept")
                    .isEqualTo(!traits.exemplarFree());
        }
    }

    @Test
    void everyNumberThatIsSavedIsFinite() {
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings()))) {
            run.run(null);
            TensorBundle saved = run.method().save();
            for (String name : saved.names()) {
                HostTensor tensor = saved.get(name);
                assertThat(tensor.doubles())
                        .as(name)
                        .doesNotContain(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY);
            }
        }
    }
}
