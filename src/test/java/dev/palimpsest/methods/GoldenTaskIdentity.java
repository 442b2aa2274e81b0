package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Inference of the task from stored features and clusters, and evaluations with and without it
/// (`golden/lorac-ipc/README.md`, task-id).
///
/// `batch_wise` is the published majority vote over a batch, which leaks the task: [Inference.ByBatchMajority].
final class GoldenTaskIdentity {

    private static final double EXACT = 1e-10;

    private static final double JITTER = 1e-4;

    private static final List<String> PARTS = List.of("mean", "scale", "factor", "coefficients");

    private final GoldenSetup setup;
    private final NumericMode mode;
    private final GoldenComparison comparison;
    private final Tolerances tolerances;
    private final int classes;
    private final int clusters;
    private final int width;
    private final List<List<HostTensor>> statistics = new ArrayList<>();
    private final Map<String, Counts> counts = new HashMap<>();

    /// Right decisions of one evaluation.
    record Counts(int correct, int taskCorrect, int images) {}

    GoldenTaskIdentity(GoldenSetup setup, NumericMode mode, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.comparison = comparison;
        this.tolerances = Tolerances.of(setup.golden());
        long[] shape = tensor("mean").shape();
        this.classes = (int) shape[0];
        this.clusters = (int) shape[1];
        this.width = (int) shape[2];
    }

    private HostTensor tensor(String name) {
        return setup.tensors().get(name);
    }

    void compare() {
        comparison.run(mode.name());
        compareStatistics();
        compareDistances();
        setup.trace().ifPresent(this::compareEvaluations);
    }

    /// Counts of an evaluation that was compared.
    Counts counts(String evaluation) {
        return Objects.requireNonNull(counts.get(evaluation));
    }

    private void compareStatistics() {
        double[] features = rounded(tensor("train_features").doubles());
        long[] assignment = tensor("cluster").longs();
        int perClass = assignment.length / classes;
        double[] means = new double[classes * clusters * width];
        double[] covariances = new double[means.length * width];
        for (int c = 0; c < classes; c++) {
            for (int k = 0; k < clusters; k++) {
                int position = c;
                int cluster = k;
                int[] rows = IntStream.range(c * perClass, (c + 1) * perClass)
                        .filter(i -> assignment[i] == cluster && i / perClass == position)
                        .toArray();
                double[] chosen = GoldenEvaluation.rows(features, width, rows);
                int index = c * clusters + k;
                try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                    Tensor members = scope.doubles(chosen, rows.length, width);
                    statistics.add(TestPrograms.PROGRAM.callAll(scope, "inference_cluster", members).stream()
                            .map(Tensor::host)
                            .toList());
                    double[] covariance = TestPrograms.PROGRAM
                            .callAll(scope, "class_moments", members)
                            .get(1)
                            .doubles();
                    for (int d = 0; d < width; d++) {
                        covariance[d * width + d] += JITTER;
                    }
                    System.arraycopy(covariance, 0, covariances, index * covariance.length, covariance.length);
                }
                System.arraycopy(statistics.getLast().getFirst().doubles(), 0, means, index * width, width);
            }
        }
        near("mean", "mean", means);
        // stored as float32, so the rounding stays in every mode
        comparison.near("covariance", covariances, tensor("covariance").doubles(), tolerances.get("covariance"));
    }

    private void compareDistances() {
        double[] raw = rounded(tensor("test_features_raw").doubles());
        int images = raw.length / width;
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor rows = TestPrograms.PROGRAM.call(scope, "normalise", scope.doubles(raw, images, width));
            near("test_features", "test_features", rows.doubles());
            near("distance_per_cluster", "distance", distances(scope, rows, 1));
            double[] perClass = distances(scope, rows, clusters);
            near("distance_per_class", "distance", perClass);
            long[] nearest = nearest(perClass, classes);
            comparison.same("inferred_class", nearest, tensor("inferred_class").longs());
            comparison.same(
                    "inferred_task",
                    Arrays.stream(nearest).map(c -> c / setup.classesPerTask()).toArray(),
                    tensor("inferred_task").longs());
        }
    }

    /// Squared distances to groups of so many clusters each.
    private double[] distances(TensorScope scope, Tensor rows, int group) {
        List<List<Tensor>> parts = new ArrayList<>();
        for (int part = 0; part < PARTS.size(); part++) {
            int index = part;
            parts.add(statistics.stream()
                    .map(cluster -> cluster.get(index).in(scope))
                    .toList());
        }
        long[] groups = new long[statistics.size() / group];
        Arrays.fill(groups, group);
        return TestPrograms.PROGRAM
                .call(scope, "class_distances", rows, parts.get(0), parts.get(1), parts.get(2), parts.get(3), groups)
                .doubles();
    }

    /// The first of the nearest among the first `known` columns.
    private long[] nearest(double[] distances, int known) {
        long[] result = new long[distances.length / classes];
        for (int i = 0; i < result.length; i++) {
            for (int c = 1; c < known; c++) {
                if (distances[i * classes + c] < distances[i * classes + (int) result[i]]) {
                    result[i] = c;
                }
            }
        }
        return result;
    }

    /// The clusters of the first classes as the method saves them.
    private TensorBundle inference(int known) {
        TensorBundle saved = new TensorBundle();
        for (int c = 0; c < known; c++) {
            for (int k = 0; k < clusters; k++) {
                for (int part = 0; part < PARTS.size(); part++) {
                    String name = "task%d.class%d.cluster%d.%s"
                            .formatted(c / setup.classesPerTask() + 1, c, k, PARTS.get(part));
                    saved.put(name, statistics.get(c * clusters + k).get(part));
                }
            }
        }
        return saved;
    }

    private void compareEvaluations(GoldenSetup trace) {
        JsonNode results = setup.json().get("results_f64");
        for (String name : results.propertyNames()) {
            JsonNode stored = results.get(name);
            if (!stored.isObject()) {
                continue;
            }
            int model = stored.get("model").intValue();
            try (GoldenState state = new GoldenState(trace, mode, model)) {
                if (name.contains("aligned") && !align(state, model)) {
                    continue;
                }
                new Evaluation(name, stored, state, model).compare();
            }
        }
        try (GoldenState state = new GoldenState(trace, mode, 0)) {
            AdapterView first = ((Inference.Latest) state.method(LoracIpc.Fidelity.REFERENCE, 0, null, 0)
                            .inference())
                    .view();
            near(
                    "test_features_raw",
                    "test_features_raw",
                    state.evaluation().features(first, trace.inputs().get("test_images")));
            double[] train = state.evaluation().features(first, trace.inputs().get("train_images"));
            try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                Tensor rows = scope.doubles(train, train.length / width, width);
                near(
                        "train_features",
                        "train_features",
                        TestPrograms.PROGRAM.call(scope, "normalise", rows).doubles());
            }
        }
    }

    /// Puts the head after the last step of the stored alignment with clusters; false where there is none.
    private boolean align(GoldenState state, int model) {
        Optional<GoldenSetup> alignment =
                setup.golden().beside("classifier-alignment", setup.names()).map(GoldenSetup::new);
        if (alignment.isEmpty()) {
            return false;
        }
        JsonNode runs = alignment.get().json().get("runs");
        Optional<String> run = runs.propertyNames().stream()
                .filter(name -> runs.get(name).get("task").intValue() == model)
                .filter(name -> runs.get(name).get("method").stringValue().equals("multi-centroid"))
                .findFirst();
        run.ifPresent(name -> {
            int outputs = state.network().heads().classes();
            double[] weights = alignment
                    .get()
                    .tensors()
                    .get(name + ".head_after_step.weight")
                    .doubles();
            double[] biases = alignment
                    .get()
                    .tensors()
                    .get(name + ".head_after_step.bias")
                    .doubles();
            state.network()
                    .heads()
                    .set(
                            0,
                            Arrays.copyOfRange(weights, weights.length - outputs * width, weights.length),
                            Arrays.copyOfRange(biases, biases.length - outputs, biases.length));
        });
        return run.isPresent();
    }

    /// One stored evaluation, one row an image.
    private final class Evaluation {

        private final String name;
        private final JsonNode stored;
        private final GoldenState state;
        private final boolean infers;
        private final boolean mixed;
        private final boolean votes;
        private final int batch;
        private final List<LearningTask> tasks;
        private final int seen;
        private final Inference inference;

        Evaluation(String name, JsonNode stored, GoldenState state, int model) {
            this.name = name;
            this.stored = stored;
            this.state = state;
            this.infers = name.startsWith("tii");
            this.mixed = name.contains("mixed_order");
            this.votes = name.contains("batch_wise");
            this.batch = setup.json().get("batch").intValue();
            this.tasks = state.trace().tasks(model + 1);
            this.seen = tasks.getLast().firstClass() + tasks.getLast().classCount();
            @Nullable TensorBundle saved = infers ? inference(seen) : null;
            this.inference = state.method(LoracIpc.Fidelity.REFERENCE, model, saved, clusters)
                    .inference();
        }

        void compare() {
            int[] rows = mixed
                    ? Arrays.stream(tensor("mixed_order").longs())
                            .mapToInt(row -> (int) row)
                            .toArray()
                    : tasks.stream()
                            .flatMapToInt(task -> Arrays.stream(task.test()))
                            .toArray();
            long[] labels = state.trace().inputs().get("test_labels").longs();
            long[] targets = Arrays.stream(rows).mapToLong(row -> labels[row]).toArray();
            int[] inferred = inferred();
            double[] logits = logits(rows, snapshots(rows, inferred));
            int outputs = state.network().heads().classes();
            int scored = inference.masksUnseen() ? seen : outputs;
            double[] shown = logits.clone();
            long[] predictions = new long[rows.length];
            for (int i = 0; i < rows.length; i++) {
                for (int c = 0; c < outputs; c++) {
                    if (c >= scored) {
                        shown[i * outputs + c] = 0;
                    } else if (logits[i * outputs + c] > logits[i * outputs + (int) predictions[i]]) {
                        predictions[i] = c;
                    }
                }
            }
            near(name + ".logits", "logits", shown);
            comparison.same(
                    name + ".prediction",
                    predictions,
                    tensor(name + ".prediction").longs());
            comparison.same(name + ".target", targets, tensor(name + ".target").longs());
            long[] decided = IntStream.range(0, rows.length)
                    .mapToLong(i -> infers ? inferred[rows[i]] : predictions[i] / setup.classesPerTask())
                    .toArray();
            comparison.same(name + ".task", decided, tensor(name + ".task").longs());
            compareFields(rows, logits, targets, predictions, scored);
        }

        /// The snapshot that classifies each picture: that of its own task as inferred, or the one that most of
        /// its batch are inferred to be from, the smallest of equally many.
        ///
        /// @param rows test pictures in the order of the evaluation
        private int[] snapshots(int[] rows, int[] inferred) {
            int[] own = Arrays.stream(rows).map(row -> inferred[row]).toArray();
            if (!votes) {
                return own;
            }
            int[] voted = new int[own.length];
            int from = 0;
            for (int size : loaders(rows.length)) {
                for (int i = 0; i < size; i += batch) {
                    int end = Math.min(i + batch, size);
                    int[] ballots = Arrays.copyOfRange(own, from + i, from + end);
                    Arrays.fill(voted, from + i, from + end, most(ballots));
                }
                from += size;
            }
            return voted;
        }

        /// A batch never crosses the end of a task, unless the order is mixed.
        private int[] loaders(int images) {
            return mixed
                    ? new int[] {images}
                    : tasks.stream().mapToInt(task -> task.test().length).toArray();
        }

        private int most(int[] ballots) {
            return IntStream.range(0, tasks.size())
                    .boxed()
                    .max(Comparator.comparingLong((Integer task) -> Arrays.stream(ballots)
                                    .filter(ballot -> ballot == task)
                                    .count())
                            .thenComparing(Comparator.reverseOrder()))
                    .orElseThrow();
        }

        /// The task of every test picture, by the classes known to this model.
        private int[] inferred() {
            double[] raw = rounded(tensor("test_features_raw").doubles());
            if (inference instanceof Inference.ByInferredTask byTask) {
                double[] distances = byTask.statistics().distances(raw, width, 0);
                int known = byTask.statistics().classes();
                return IntStream.range(0, raw.length / width)
                        .map(i -> {
                            int best = 0;
                            for (int c = 1; c < known; c++) {
                                best = distances[i * known + c] < distances[i * known + best] ? c : best;
                            }
                            return byTask.statistics().task(best);
                        })
                        .toArray();
            }
            return new int[raw.length / width];
        }

        private double[] logits(int[] rows, int[] snapshot) {
            HostTensor images = state.trace().inputs().get("test_images");
            List<AdapterView> views = switch (inference) {
                case Inference.Latest latest -> List.of(latest.view());
                case Inference.OfCopy of -> throw new AssertionError("no phase trains a copy, got " + of);
                case Inference.ByInferredTask byTask -> byTask.snapshots();
                case Inference.ByBatchMajority vote -> vote.each().snapshots();
            };
            double[] chosen = new double[rows.length * width];
            for (int j = 0; j < views.size(); j++) {
                double[] features = state.evaluation().features(views.get(j), images);
                for (int i = 0; i < rows.length; i++) {
                    if (snapshot[i] == j) {
                        System.arraycopy(features, rows[i] * width, chosen, i * width, width);
                    }
                }
            }
            return state.evaluation().logits(chosen);
        }

        private void compareFields(int[] rows, double[] logits, long[] targets, long[] predictions, int scored) {
            MeasuredRow row = measured(rows);
            Measure own = infers ? Measure.INFERRED_TASK : Measure.TASK_ID;
            int correct = sum(row, Measure.TOP1);
            // who decides which task an image is from is not asked again by a vote
            int taskCorrect = sum(mixed ? state.evaluation().counts(inference, tasks) : row, own);
            counts.put(name, new Counts(correct, taskCorrect, targets.length));
            comparison.near(name + " correct", correct, stored.get("correct").intValue(), 0);
            comparison.near(
                    name + " task_correct",
                    taskCorrect,
                    stored.get("task_correct").intValue(),
                    0);
            comparison.near(
                    name + " images", targets.length, stored.get("images").intValue(), 0);
            comparison.near(
                    name + " predictions_outside_seen_classes",
                    (double) Arrays.stream(predictions).filter(c -> c >= seen).count(),
                    stored.get("predictions_outside_seen_classes").intValue(),
                    0);
            int from = 0;
            for (int d = 0; d < stored.get("datasets").size(); d++) {
                JsonNode data = stored.get("datasets").get(d);
                int images = mixed ? targets.length : tasks.get(d).test().length;
                String place = "%s datasets[%d] ".formatted(name, d);
                share(place + "Acc@1", row, Measure.TOP1, d, images, data.get("Acc@1"));
                comparison.near(
                        place + "Acc@task",
                        100.0 * (mixed ? taskCorrect : count(row, own, d)) / images,
                        data.get("Acc@task").doubleValue(),
                        1e-9);
                share(place + "Acc@5", row, Measure.TOP5, d, images, data.get("Acc@5"));
                int outputs = state.network().heads().classes();
                double loss = GoldenEvaluation.loss(
                        Arrays.copyOfRange(logits, from * outputs, (from + images) * outputs),
                        outputs,
                        scored,
                        Arrays.copyOfRange(targets, from, from + images),
                        batch);
                comparison.near(place + "Loss", loss, data.get("Loss").doubleValue(), tolerance("logits"));
                from += images;
            }
        }

        /// What the trainer's evaluation counts; in mixed order as one task of all pictures.
        private MeasuredRow measured(int[] rows) {
            Inference asked = votes && inference instanceof Inference.ByInferredTask each
                    ? new Inference.ByBatchMajority(each, batch)
                    : inference;
            return state.evaluation().counts(asked, mixed ? List.of(together(rows)) : tasks);
        }

        private LearningTask together(int[] rows) {
            int[] all = IntStream.range(0, seen).toArray();
            List<String> labels = Arrays.stream(all).mapToObj(Integer::toString).toList();
            return new LearningTask(0, "all", all, all, labels, 0, all.length, new int[0], new int[0], rows);
        }

        /// Without five classes there is no count of `top5`, where the published program says 100 %.
        private void share(String place, MeasuredRow row, Measure measure, int data, int images, JsonNode percent) {
            List<@Nullable Integer> counted =
                    Objects.requireNonNull(row.correct().get(measure));
            Integer count = mixed ? Integer.valueOf(sum(row, measure)) : counted.get(data);
            if (count != null) {
                comparison.near(place, 100.0 * count / images, percent.doubleValue(), 1e-9);
            }
        }

        private int count(MeasuredRow row, Measure measure, int data) {
            return Objects.requireNonNull(
                    Objects.requireNonNull(row.correct().get(measure)).get(data));
        }

        private int sum(MeasuredRow row, Measure measure) {
            return Objects.requireNonNull(row.correct().get(measure)).stream()
                    .filter(Objects::nonNull)
                    .mapToInt(Integer::intValue)
                    .sum();
        }
    }

    private void near(String name, String quantity, double[] found) {
        comparison.near(name, found, tensor(name).doubles(), tolerance(quantity));
    }

    private double tolerance(String quantity) {
        return mode.compute() == ElementType.FLOAT64 ? EXACT : tolerances.get(quantity);
    }

    /// As the network of this mode would have handed them over.
    private double[] rounded(double[] values) {
        return mode.compute() == ElementType.FLOAT64
                ? values
                : Arrays.stream(values).map(value -> (float) value).toArray();
    }
}
