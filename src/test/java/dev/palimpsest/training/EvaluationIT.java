package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.ImageSource;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.Weights;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An image's decision depends on the image and the model, on nothing else.
@Tag("engine")
class EvaluationIT {

    private static SmallRun run;

    @BeforeAll
    static void learn() {
        run = new SmallRun(SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED)));
        run.run(null);
    }

    @AfterAll
    static void release() {
        run.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 256})
    void countsDoNotDependOnTheBatch(int batch) {
        assertThat(fresh(batch).evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST))
                .isEqualTo(fresh(64).evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST));
    }

    @Test
    void countsDoNotDependOnTheOrder() {
        List<LearningTask> shuffled =
                run.tasks().stream().map(EvaluationIT::shuffled).toList();

        MeasuredRow other = fresh(7).evaluate(run.method().inference(), shuffled, EvaluationData.TEST);
        MeasuredRow measured = fresh(64).evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST);

        assertThat(other.withoutPredictions()).isEqualTo(measured.withoutPredictions());
        assertThat(byImage(other)).isEqualTo(byImage(measured));
    }

    /// By row of the test images: class, prediction, inferred task, score of the prediction.
    private static Map<Integer, List<Integer>> byImage(MeasuredRow row) {
        Map<Integer, List<Integer>> images = new HashMap<>();
        for (CellPredictions cell : row.predictions()) {
            int[] inferred = Objects.requireNonNull(cell.inferredTasks());
            short[] scores = Objects.requireNonNull(cell.scores()).ofPredicted();
            for (int i = 0; i < cell.size(); i++) {
                images.put(cell.images()[i], List.of(cell.classes()[i], cell.predicted()[i], inferred[i], (int)
                        scores[i]));
            }
        }
        return images;
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "fp32_onednn", "bf16_bmm"})
    void theBitsOfAFeatureDoNotDependOnItsCompany(String mode) {
        SmallRun.Options options = SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED))
                .with(NumericMode.byName(mode));
        try (SmallRun small = new SmallRun(options);
                ImagePixels pictures = small.testPictures();
                Weights weights = small.network().compose(AdapterView.NONE)) {
            double[] together = features(
                    small.network(), pictures, weights, LongStream.range(0, 16).toArray());
            int width = together.length / 16;
            for (int i = 0; i < 16; i++) {
                assertThat(features(small.network(), pictures, weights, i))
                        .as("image %d alone", i)
                        .isEqualTo(Arrays.copyOfRange(together, i * width, (i + 1) * width));
            }
            double[] backwards = features(
                    small.network(),
                    pictures,
                    weights,
                    LongStream.range(0, 7).map(i -> 6 - i).toArray());
            assertThat(Arrays.copyOf(backwards, width)).isEqualTo(Arrays.copyOfRange(together, 6 * width, 7 * width));
            assertThat(logits(small.network(), backwards))
                    .endsWith(logits(small.network(), Arrays.copyOf(together, width)));
        }
    }

    @Test
    void imagesInGroupsAreDecidedAsEachOneAlone() {
        Inference.ByInferredTask inference =
                (Inference.ByInferredTask) run.method().inference();
        int[] right = new int[run.tasks().size()];
        int[] rightTask = new int[right.length];
        try (ImagePixels pictures = run.testPictures()) {
            for (LearningTask task : run.tasks()) {
                for (int row : task.test()) {
                    int inferred = inferredTask(inference, pictures, row);
                    rightTask[task.index()] += inferred == task.index() ? 1 : 0;
                    double[] scores = logits(
                            run.network(),
                            features(pictures, inference.snapshots().get(inferred), row));
                    int target = task.targets(run.dataset().test(), new int[] {row})[0];
                    right[task.index()] += best(scores) == target ? 1 : 0;
                }
            }
        }

        MeasuredRow measured = fresh(64).evaluate(inference, run.tasks(), EvaluationData.TEST);

        assertThat(measured.correct().get(Measure.TOP1)).isEqualTo(boxed(right));
        assertThat(measured.correct().get(Measure.INFERRED_TASK)).isEqualTo(boxed(rightTask));
    }

    @Test
    void whatIsKnownFromEarlierRowsChangesNothing() {
        List<MeasuredRow> measured = run.events().stream()
                .filter(TrainingEvent.Evaluated.class::isInstance)
                .map(TrainingEvent.Evaluated.class::cast)
                .filter(event -> event.stage() == Stage.FINAL
                        && event.task() == run.tasks().size() - 1)
                .map(TrainingEvent.Evaluated::row)
                .toList();

        assertThat(measured)
                .containsExactly(fresh(64).evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST));
    }

    @Test
    void anEvaluationLeavesNoTrace() {
        Map<String, byte[]> before = state();
        TorchTrainingEngine engine = fresh(7);
        engine.evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST);
        long open = TestPrograms.RUNTIME.openTensors(); // the engine keeps features of snapshots

        engine.evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST);

        assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(open);
        assertThat(state()).allSatisfy((name, bytes) -> assertThat(bytes).isEqualTo(before.get(name)));
    }

    @Test
    void aVoteOfOneImageIsItsOwnDecision() {
        Inference.ByInferredTask each = (Inference.ByInferredTask) run.method().inference();

        assertThat(fresh(7).evaluate(new Inference.ByBatchMajority(each, 1), run.tasks(), EvaluationData.TEST))
                .isEqualTo(fresh(64).evaluate(each, run.tasks(), EvaluationData.TEST));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 256})
    void aVoteDoesNotDependOnHowManyImagesAreDecodedAtOnce(int batch) {
        Inference vote = new Inference.ByBatchMajority(
                (Inference.ByInferredTask) run.method().inference(), 4);

        assertThat(fresh(batch).evaluate(vote, run.tasks(), EvaluationData.TEST))
                .isEqualTo(fresh(64).evaluate(vote, run.tasks(), EvaluationData.TEST));
    }

    @Test
    void aTaskWithoutTestImagesHasNoCount() {
        MeasuredRow all = fresh(64).evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST);
        List<LearningTask> holed = new ArrayList<>(run.tasks());
        holed.set(1, tested(run.tasks().get(1), new int[0]));

        MeasuredRow row = fresh(64).evaluate(run.method().inference(), holed, EvaluationData.TEST);

        List<@Nullable Integer> counts = row.correct().getOrDefault(Measure.TOP1, List.of());
        List<@Nullable Integer> known = all.correct().getOrDefault(Measure.TOP1, List.of());
        assertThat(row.testImages()).containsExactly(10, 0, 10);
        assertThat(counts).containsExactly(known.get(0), null, known.get(2));
    }

    @Test
    void aStoredModelIsMeasuredAsItsRunMeasuredItAndStaysAsItIs() {
        StoredCheckpoint stored = Objects.requireNonNull(SmallRun.newest(run.store()));
        Map<String, String> before = SmallRun.digests(stored);
        MeasuredRow measured = fresh(64).evaluate(run.method().inference(), run.tasks(), EvaluationData.TEST);

        try (SmallRun other = new SmallRun(SmallRun.Options.of(SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED)))) {
            Optional<MeasuredRow> again = new StoredModel(stored, other.tasks())
                    .evaluate(other.engine(), other.method(), EvaluationProtocol.PER_IMAGE, 256);

            assertThat(again).contains(measured);
        }
        stored.verify();
        assertThat(SmallRun.digests(stored)).isEqualTo(before);
    }

    @Test
    void imagesCannotVoteOnATaskThatNobodyInfers() {
        assertThatThrownBy(() ->
                        EvaluationProtocol.BATCH_MAJORITY_TASK.of(new Inference.Latest(AdapterView.NONE, true), 8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("batch_majority_task needs a method that infers the task");
    }

    private static Map<String, byte[]> state() {
        return Map.of(
                "model", bytes(run.engine().save(run.tasks())),
                "method", bytes(Map.of("method", run.method().save())));
    }

    private static byte[] bytes(Map<String, TensorBundle> bundles) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        bundles.values().forEach(bundle -> Safetensors.write(out, bundle, Map.of()));
        return out.toByteArray();
    }

    /// Another engine on the same network, which knows no image yet; the run's own closes the network.
    private static TorchTrainingEngine fresh(int batch) {
        ImageSource train = run.dataset().train();
        return new TorchTrainingEngine(
                run.network(),
                new Pictures(train, run.dataset().test(), 1, SmallRun.IN_MEMORY),
                Scenario.CLASS_INCREMENTAL,
                batch,
                StopRequest.NEVER);
    }

    private static LearningTask shuffled(LearningTask task) {
        int[] order = RandomStreams.permutation(5, task.test().length);
        return tested(task, Arrays.stream(order).map(i -> task.test()[i]).toArray());
    }

    private static LearningTask tested(LearningTask task, int[] test) {
        return new LearningTask(
                task.index(),
                task.name(),
                task.classes(),
                task.labelRows(),
                task.labels(),
                task.firstClass(),
                task.classCount(),
                task.train(),
                task.validation(),
                test);
    }

    private static int inferredTask(Inference.ByInferredTask inference, ImagePixels pictures, int row) {
        double[] first = features(pictures, inference.snapshots().getFirst(), row);
        double[] distances = inference.statistics().distances(first, first.length, 0);
        int nearest = IntStream.range(0, distances.length).reduce(0, (a, b) -> distances[b] < distances[a] ? b : a);
        return inference.statistics().task(nearest);
    }

    private static double[] features(ImagePixels pictures, AdapterView view, int row) {
        try (Weights weights = run.network().compose(view)) {
            return features(run.network(), pictures, weights, row);
        }
    }

    private static double[] features(Network network, ImagePixels pictures, Weights weights, long... rows) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return network.features(scope, pictures, rows, weights, network.chunk())
                    .doubles();
        }
    }

    private static double[] logits(Network network, double[] features) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return network.logits(
                            scope, features, features.length / network.shape().width(), network.chunk())
                    .doubles();
        }
    }

    private static int best(double[] scores) {
        return IntStream.range(0, scores.length).reduce(0, (a, b) -> scores[b] > scores[a] ? b : a);
    }

    private static List<Integer> boxed(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }
}
