package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.Weights;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingOutcome;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every method keeps, and that it learns.
///
/// Longer than 350 lines: a contract is read as a whole, and each method passes all of it.
@Tag("engine")
abstract class ContinualMethodContract {

    private static final int CHUNK = 16;

    /// Small enough for a tiny network.
    abstract MethodSettings settings();

    /// How many adapters there are after so many tasks.
    abstract int adaptersAfter(int tasks);

    /// How long a task must be trained until its pictures are known.
    int epochs() {
        return 12;
    }

    /// Which share of a task's training images is known then, beyond what guessing gives.
    double known() {
        return 0.6;
    }

    /// Whether there is something beside adapters and heads that the next task needs.
    boolean keepsSomething() {
        return true;
    }

    /// Whether something trains in a task of [SmallRun].
    boolean trains(int task) {
        boolean last = task == SmallRun.TASKS - 1;
        return settings().info().training() != null
                && (last || !settings().info().traits().joint());
    }

    SmallRun.Options options() {
        return SmallRun.Options.of(settings());
    }

    @Test
    void thereAreAsManyAdaptersAsTheMethodSays() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun run = new SmallRun(options(), store, 1)) {
            run.run(null);

            for (int tasks = 1; tasks <= SmallRun.TASKS; tasks++) {
                assertThat(adaptersIn(after(store, tasks).getOrDefault("adapters", new TensorBundle())))
                        .as("adapters after %d tasks", tasks)
                        .isEqualTo(adaptersAfter(tasks));
            }
        }
    }

    private static int adaptersIn(TensorBundle saved) {
        return saved.names().stream()
                .filter(ContinualMethodContract::ofATask)
                .mapToInt(name -> Integer.parseInt(name.substring(name.lastIndexOf("task") + "task".length())))
                .max()
                .orElse(0);
    }

    /// What is saved beside the adapters of tasks is made anew after each: a dense change, and the adapter of a copy.
    private static boolean ofATask(String name) {
        return name.contains(".task") && !name.endsWith(".task0");
    }

    @Test
    void adaptersOfEarlierTasksKeepTheirBits() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun run = new SmallRun(options(), store, 1)) {
            run.run(null);

            for (int tasks = 1; tasks < SmallRun.TASKS; tasks++) {
                boolean grows = adaptersAfter(tasks + 1) > adaptersAfter(tasks);
                TensorBundle earlier = after(store, tasks).getOrDefault("adapters", new TensorBundle());
                TensorBundle later = after(store, tasks + 1).getOrDefault("adapters", new TensorBundle());
                for (String name : earlier.names().stream()
                        .filter(ContinualMethodContract::ofATask)
                        .toList()) {
                    boolean kept = Arrays.equals(
                            earlier.get(name).floats(), later.get(name).floats());
                    // one adapter for all tasks learns on: its B at least moves
                    assertThat(kept || (!grows && later.has(name)))
                            .as("%s after task %d is that after task %d", name, tasks + 1, tasks)
                            .isTrue();
                }
            }
        }
    }

    @Test
    void aBackboneThatDoesNotTrainKeepsItsBits() {
        try (SmallRun untouched = new SmallRun(options());
                SmallRun run = new SmallRun(options())) {
            double[] before = features(untouched, AdapterView.NONE);
            run.run(null);

            double[] after = features(run, AdapterView.NONE);

            boolean same = Arrays.equals(after, before);
            assertThat(same).isEqualTo(!settings().info().traits().trainsBackbone());
        }
    }

    @Test
    void trainingChangesTheScoresOfTheTasksPictures() {
        try (SmallRun untouched = new SmallRun(options());
                SmallRun run = new SmallRun(options())) {
            run.run(null);
            double[] before = logits(untouched, untouched.network(), AdapterView.NONE);
            List<double[]> after = scores(run);

            assertThat(after).isNotEmpty();
            int classes = run.network().heads().classes();
            for (int c = 0; c < classes; c++) {
                assertThat(column(after.getLast(), c, classes))
                        .as("scores of class %d", c)
                        .isNotEqualTo(column(before, c, classes));
            }
        }
    }

    private static double[] column(double[] logits, int c, int classes) {
        return IntStream.range(0, logits.length / classes)
                .mapToDouble(i -> logits[i * classes + c])
                .toArray();
    }

    @Test
    void theLossOfATaskFalls() {
        try (SmallRun run = new SmallRun(options().lasting(epochs()))) {
            run.run(null);

            List<TrainingEvent.EpochCompleted> epochs = run.events(TrainingEvent.EpochCompleted.class);
            for (int t = 0; t < SmallRun.TASKS; t++) {
                int task = t;
                List<TrainingEvent.EpochCompleted> own =
                        epochs.stream().filter(one -> one.task() == task).toList();
                if (!trains(t)) {
                    assertThat(own).as("epochs of task %d", t).isEmpty();
                    continue;
                }
                assertThat(own).as("epochs of task %d", t).hasSize(epochs());
                assertThat(crossEntropy(own.getLast()))
                        .as("cross-entropy in the last epoch of task %d", t)
                        .isLessThan(crossEntropy(own.getFirst()));
            }
        }
    }

    private static double crossEntropy(TrainingEvent.EpochCompleted epoch) {
        return epoch.steps().stream()
                .mapToDouble(step -> Objects.requireNonNull(step.terms().get(StepTally.CROSS_ENTROPY)))
                .average()
                .orElseThrow();
    }

    /// Among the classes of its own task, where guessing gives half of them. A random network tells few test images
    /// from
    /// ten pictures a class, so the pictures that were trained on are asked too.
    @Test
    void theNewestTaskIsKnownBetterThanByGuessing() {
        try (SmallRun run = new SmallRun(options().lasting(epochs()))) {
            run.run(null);

            if (!settings().info().traits().joint()) { // one row on six classes is too few test images
                assertThat(run.events(TrainingEvent.Evaluated.class).stream()
                                .filter(row -> row.stage() == Stage.FINAL)
                                .mapToDouble(row -> newest(row.row()))
                                .average()
                                .orElseThrow())
                        .as("mean share of the newest task's test images that are right")
                        .isGreaterThan(0.5);
            }
            if (IntStream.range(0, SmallRun.TASKS).anyMatch(this::trains)) {
                assertThat(run.events(TrainingEvent.EpochCompleted.class).stream()
                                .filter(epoch -> epoch.epoch() == epochs() - 1)
                                .flatMap(epoch -> epoch.steps().stream())
                                .mapToDouble(step -> (double) step.correct() / step.images())
                                .average()
                                .orElse(0))
                        .as("mean share of a task's training images that are right in its last epoch")
                        .isGreaterThan(known());
            }
        }
    }

    private static double newest(MeasuredRow row) {
        int count = Objects.requireNonNull(
                Objects.requireNonNull(row.correct().get(Measure.TASK_KNOWN)).getLast());
        return (double) count / row.testImages().getLast();
    }

    @Test
    void aSavedAndRestoredModelGivesTheSameScores() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun run = new SmallRun(options(), store, 1);
                SmallRun restored = new SmallRun(options())) {
            run.run(null);
            restored.engine().restore(after(store, SmallRun.TASKS), restored.method(), restored.tasks());

            List<double[]> before = scores(run);
            List<double[]> after = scores(restored);

            assertThat(after).hasSameSizeAs(before);
            for (int j = 0; j < before.size(); j++) {
                assertThat(after.get(j)).as("view %d", j).isEqualTo(before.get(j));
            }
        }
    }

    @Test
    void closingReleasesEverything() {
        long before = TestPrograms.RUNTIME.openTensors();

        try (SmallRun run = new SmallRun(options())) {
            run.run(null);
        }

        assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(before);
    }

    @Test
    void theBatchOfTheEvaluationDoesNotMatter() {
        assertThat(rows(1)).isEqualTo(rows(64)).isNotEmpty();
    }

    private List<TrainingEvent.Evaluated> rows(int batch) {
        try (SmallRun run = new SmallRun(options().evaluating(batch))) {
            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());
            return run.events(TrainingEvent.Evaluated.class);
        }
    }

    @Test
    void theTraitsAreTrueOfWhatARunLeaves() {
        MethodTraits traits = settings().info().traits();
        try (SmallRun run = new SmallRun(options())) {
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
            assertThat(saved.names().stream().anyMatch(name -> name.startsWith("exemplars.")))
                    .as("pictures are kept")
                    .isEqualTo(settings().keptPerClass() > 0);
            assertThat(settings().keptPerClass() > 0)
                    .as("pictures are kept only by a method that may")
                    .isIn(false, !traits.exemplarFree());
        }
    }

    @Test
    void everyNumberThatIsSavedIsFinite() {
        InMemoryCheckpointStore store = new InMemoryCheckpointStore();
        try (SmallRun run = new SmallRun(options(), store, 1)) {
            run.run(null);

            assertThat(run.method().save().names()).hasSizeGreaterThanOrEqualTo(keepsSomething() ? 1 : 0);
            for (Map.Entry<String, TensorBundle> bundle :
                    after(store, SmallRun.TASKS).entrySet()) {
                for (String name : bundle.getValue().names()) {
                    if (bundle.getValue().get(name).type() == ElementType.INT64) {
                        continue; // rows of images
                    }
                    assertThat(Arrays.stream(bundle.getValue().get(name).doubles())
                                    .allMatch(Double::isFinite))
                            .as("all of %s in %s finite", name, bundle.getKey())
                            .isTrue();
                }
            }
        }
    }

    /// The bundles of the checkpoint at the end of a task.
    private static Map<String, TensorBundle> after(InMemoryCheckpointStore store, int tasks) {
        StoredCheckpoint checkpoint = store.list("job").stream()
                .map(store::open)
                .filter(one -> one.manifest().epoch() == null)
                .filter(one -> one.manifest().task() == tasks)
                .findFirst()
                .orElseThrow();
        Map<String, TensorBundle> bundles = new LinkedHashMap<>();
        checkpoint
                .manifest()
                .files()
                .forEach(file -> bundles.put(
                        file.name().replace(".safetensors", ""), Tensors.read(checkpoint.file(file.name()))));
        bundles.putIfAbsent("adapters", new TensorBundle());
        return bundles;
    }

    /// Scores of all test pictures under every view that may classify one.
    private static List<double[]> scores(SmallRun run) {
        List<AdapterView> views = switch (run.method().inference()) {
            case Inference.Latest latest -> List.of(latest.view());
            case Inference.OfCopy of -> List.of(of.copy().view(run.engine().trained()));
            case Inference.ByInferredTask byTask -> byTask.snapshots();
            case Inference.ByBatchMajority leak -> throw new AssertionError("a method must not answer with " + leak);
        };
        return views.stream()
                .map(view -> logits(run, run.engine().trained(), view))
                .toList();
    }

    private static double[] logits(SmallRun run, Network network, AdapterView view) {
        double[] features = features(run, network, view);
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            int images = features.length / network.shape().width();
            return network.logits(scope, features, images, CHUNK).doubles();
        }
    }

    private static double[] features(SmallRun run, AdapterView view) {
        return features(run, run.network(), view);
    }

    private static double[] features(SmallRun run, Network network, AdapterView view) {
        List<double[]> parts = new ArrayList<>();
        try (ImagePixels pictures = run.testPictures();
                Weights weights = network.compose(view);
                TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            for (long from = 0; from < pictures.count(); from += CHUNK) {
                long[] rows = LongStream.range(from, Math.min(pictures.count(), from + CHUNK))
                        .toArray();
                parts.add(
                        network.features(scope, pictures, rows, weights, CHUNK).doubles());
            }
        }
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
