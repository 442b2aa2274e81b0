package dev.palimpsest.methods;

import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// Inference of the task from stored features and clusters, and evaluations with and without it
/// (`golden/lorac-ipc/README.md`, task-id).
///
/// `batch_wise` is the published majority vote over a batch, which leaks the task: [Inference.ByBatchMajority].
final class GoldenTaskIdentity {

    private static final double JITTER = 1e-4;

    private static final List<String> PARTS = List.of("mean", "scale", "factor", "coefficients");

    private final GoldenSetup setup;
    private final NumericMode mode;
    private final GoldenComparison comparison;
    private final GoldenMode numbers;
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
        this.numbers = new GoldenMode(mode, Tolerances.of(setup.golden()));
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
        double[] features = numbers.rounded(tensor("train_features").doubles());
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
        comparison.near(
                "covariance",
                covariances,
                tensor("covariance").doubles(),
                numbers.tolerances().get("covariance"));
    }

    private void compareDistances() {
        double[] raw = numbers.rounded(tensor("test_features_raw").doubles());
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
                var evaluation = new GoldenTaskEvaluation(
                        setup, numbers, comparison, name, stored, state, model, clusters, this::inference);
                counts.put(name, evaluation.compare());
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

    private void near(String name, String quantity, double[] found) {
        comparison.near(name, found, tensor(name).doubles(), numbers.tolerance(quantity));
    }
}
