package dev.palimpsest.methods;

import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.AlignmentEpoch;
import dev.palimpsest.model.AlignmentSamples;
import dev.palimpsest.model.HeadMomentum;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SamplesProbe;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// One stored alignment of [GoldenAlignment].
final class GoldenAlignmentRun {

    private static final double JITTER = 1e-4;

    private final GoldenSetup setup;
    private final GoldenMode mode;
    private final GoldenComparison comparison;
    private final String name;
    private final JsonNode json;
    private final @Nullable GoldenState state;
    private final Network network;
    private final int task;
    private final int classes;
    private final int width;
    private final int perStep;
    private final double[] features;
    private final int perClass;

    /// @param state where the features come from, or null
    GoldenAlignmentRun(
            GoldenSetup setup,
            GoldenMode mode,
            GoldenComparison comparison,
            String name,
            Network network,
            @Nullable GoldenState state) {
        this.setup = setup;
        this.mode = mode;
        this.comparison = comparison;
        this.name = name;
        this.json = setup.json().get("runs").get(name);
        this.state = state;
        this.network = network;
        this.task = json.get("task").intValue();
        this.classes = (int) tensor("mean").shape()[0];
        this.width = network.shape().width();
        this.perStep = json.get("samples_per_centroid").intValue();
        this.features = mode.rounded(storedFeatures().doubles());
        this.perClass = features.length / width / classes;
    }

    /// A run without features shares them with one after the same task.
    private HostTensor storedFeatures() {
        if (has("features")) {
            return tensor("features");
        }
        String other = setup.json().get("runs").propertyNames().stream()
                .filter(run -> setup.tensors().has(run + ".features"))
                .filter(run -> setup.json().get("runs").get(run).get("task").intValue() == task)
                .findFirst()
                .orElseThrow();
        return setup.tensors().get(other + ".features");
    }

    private boolean has(String tensor) {
        return setup.tensors().has(name + "." + tensor);
    }

    private HostTensor tensor(String tensor) {
        return setup.tensors().get(name + "." + tensor);
    }

    void compare() {
        if (has("features") && state != null) {
            near("features", "features", GoldenAlignment.networkFeatures(state, task));
        }
        TensorBundle statistics = statistics();
        ClassStatistics kept = new ClassStatistics(TestPrograms.RUNTIME, kind(), clusters());
        kept.restore(statistics);
        try (AlignmentSamples samples = kept.samples(network, false)) {
            comparePool(samples);
        }
        comparePhase();
        compareSteps();
    }

    private ClassStatistics.Kind kind() {
        return switch (json.get("method").stringValue().toLowerCase(Locale.ROOT)) {
            case "multi-centroid" -> ClassStatistics.Kind.CENTROIDS;
            case "covariance" -> ClassStatistics.Kind.COVARIANCE;
            default -> ClassStatistics.Kind.VARIANCE;
        };
    }

    private int clusters() {
        return json.get("centroids").intValue();
    }

    private ClassFeatures ofClass(int position) {
        int size = perClass * width;
        double[] rows = Arrays.copyOfRange(features, position * size, (position + 1) * size);
        return new ClassFeatures(position, rows, perClass, width);
    }

    private int taskOf(int position) {
        return position / setup.classesPerTask();
    }

    /// As [ClassStatistics] saves them.
    private TensorBundle statistics() {
        TensorBundle saved = kind() == ClassStatistics.Kind.CENTROIDS ? centroids() : moments();
        List<double[]> means = new ArrayList<>();
        List<double[]> spreads = new ArrayList<>();
        for (int c = 0; c < classes; c++) {
            String key = "task%d.class%d.".formatted(taskOf(c) + 1, c);
            means.add(saved.get(key + "mean").doubles());
            spreads.add(saved.get(key + "spread").doubles());
        }
        near("mean", "mean", flat(means));
        double[] spread = flat(spreads);
        switch (kind()) {
            case CENTROIDS -> near("variance", "variance", spread);
            case COVARIANCE -> near("covariance", "covariance", spread);
            // stored with what the product adds when it draws
            case VARIANCE ->
                near(
                        "variance",
                        "variance",
                        DoubleStream.of(spread).map(v -> v + JITTER).toArray());
        }
        return saved;
    }

    private TensorBundle moments() {
        ClassStatistics kept = new ClassStatistics(TestPrograms.RUNTIME, kind(), clusters());
        for (int c = 0; c < classes; c++) {
            kept.learn(taskOf(c), ofClass(c), 0);
        }
        return kept.save();
    }

    private TensorBundle centroids() {
        TensorBundle saved = new TensorBundle();
        long[] assignment = tensor("cluster").longs();
        for (int c = 0; c < classes; c++) {
            try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                long[] own = Arrays.copyOfRange(assignment, c * perClass, (c + 1) * perClass);
                List<Tensor> moments = TestPrograms.PROGRAM.callAll(
                        scope,
                        "cluster_moments",
                        ofClass(c).rows().in(scope, 0, perClass),
                        scope.longs(own, perClass),
                        (long) clusters());
                String key = "task%d.class%d.".formatted(taskOf(c) + 1, c);
                double[] mean = moments.get(0).doubles();
                double[] spread = moments.get(1).doubles();
                saved.put(key + "mean", HostTensor.ofDoubles(mean, mean.length));
                saved.put(key + "spread", HostTensor.ofDoubles(spread, spread.length));
            }
        }
        return saved;
    }

    /// Which Gaussians are in the pool, and the samples of the first epoch from the stored noise.
    private void comparePool(AlignmentSamples samples) {
        long[] stored = tensor("pool_clusters").longs();
        long[] labels = SamplesProbe.labels(samples);
        comparison.same(
                name + ".pool_clusters",
                labels,
                LongStream.iterate(0, i -> i < stored.length, i -> i + 2)
                        .map(i -> stored[(int) i])
                        .toArray());
        double[] means = SamplesProbe.means(samples);
        double[] wanted = tensor("mean").doubles();
        double[] chosen = new double[means.length];
        for (int k = 0; k < labels.length; k++) {
            int row = (int) (stored[2 * k] * (wanted.length / width / classes) + stored[2 * k + 1]);
            System.arraycopy(wanted, row * width, chosen, k * width, width);
        }
        comparison.near(name + ".pool means", means, chosen, mode.tolerance("mean"));
        field("pool_rows", (double) labels.length * perStep);
        field("draws_per_epoch", labels.length);

        int epochRows = (int) tensor("noise_epoch0").shape()[0];
        long[] rows = Arrays.stream(tensor("used_rows").longs())
                .limit(epochRows)
                .map(row -> row / perStep)
                .toArray();
        double[] drawn = SamplesProbe.drawn(
                network, samples, rows, tensor("noise_epoch0").doubles());
        // the stored samples are those of the float32 run, in every mode
        comparison.near(
                name + ".samples",
                drawn,
                Arrays.copyOf(tensor("samples").doubles(), drawn.length),
                mode.tolerances()
                        .get(
                                kind() == ClassStatistics.Kind.COVARIANCE
                                        ? "covariance (Cholesky factor)"
                                        : "multi-centroid and variance"));
        comparison.same(
                name + ".labels",
                Arrays.stream(rows).map(row -> labels[(int) row]).toArray(),
                Arrays.copyOf(tensor("labels").longs(), rows.length));
    }

    GoldenAlignment.Pool pool() {
        ClassStatistics kept = new ClassStatistics(TestPrograms.RUNTIME, kind(), clusters());
        kept.restore(statistics());
        Phase.Alignment phase = phase();
        try (AlignmentSamples samples = kept.samples(network, false)) {
            return new GoldenAlignment.Pool(
                    (double) SamplesProbe.labels(samples).length * perStep,
                    (double) phase.iterations() * phase.samplesPerStep(),
                    phase.iterations());
        }
    }

    /// What the method would ask the trainer for.
    private Phase.Alignment phase() {
        JsonNode steps = json.get("steps");
        HeadAlignment alignment = new HeadAlignment(new AlignmentSettings(
                kind(),
                clusters(),
                json.get("epochs").intValue(),
                steps.get(0).get("learning_rate").doubleValue(),
                perStep));
        for (int t = 0; t <= task; t++) {
            FixedTask learned = new FixedTask(network, setup.task(t));
            int first = learned.task().firstClass();
            alignment.learn(
                    learned,
                    IntStream.range(first, first + setup.classesPerTask())
                            .mapToObj(this::ofClass)
                            .toList());
        }
        return (Phase.Alignment) alignment.phases().getFirst();
    }

    private void comparePhase() {
        JsonNode steps = json.get("steps");
        Phase.Alignment phase = phase();
        field("iterations_per_epoch", phase.iterations());
        comparison.near(
                name + ".rows used in an epoch",
                (double) phase.iterations() * phase.samplesPerStep(),
                (double) tensor("used_rows").shape()[1],
                0);
        comparison.near(name + ".steps", (double) phase.iterations() * phase.epochs(), steps.size(), 0);
        for (int i = 0; i < steps.size(); i++) {
            JsonNode step = steps.get(i);
            comparison.near(
                    "%s.steps[%d].learning_rate".formatted(name, i),
                    phase.rate(i / phase.iterations()),
                    step.get("learning_rate").doubleValue(),
                    1e-15);
            comparison.near(
                    "%s.steps[%d].momentum".formatted(name, i),
                    phase.momentum(),
                    step.get("momentum").doubleValue(),
                    0);
        }
    }

    void compareSteps() {
        double[][] before = SamplesProbe.head(network);
        near("head_before.weight", "head after every step", before[0]);
        near("head_before.bias", "head after every step", before[1]);
        double[] samples = tensor("samples").doubles();
        long[] labels = tensor("labels").longs();
        int size = perStep * width;
        compareLogits(Arrays.copyOf(samples, size));
        List<double[]> weights = new ArrayList<>();
        List<double[]> biases = new ArrayList<>();
        try (HeadMomentum momentum = network.momentum()) {
            for (int i = 0; i < json.get("steps").size(); i++) {
                JsonNode step = json.get("steps").get(i);
                double[] losses = SamplesProbe.steps(
                        network,
                        momentum,
                        Arrays.copyOfRange(samples, i * size, (i + 1) * size),
                        Arrays.copyOfRange(labels, i * perStep, (i + 1) * perStep),
                        new AlignmentEpoch(
                                perStep,
                                1,
                                0,
                                classes,
                                step.get("learning_rate").doubleValue(),
                                step.get("momentum").doubleValue()));
                comparison.near(
                        "%s.steps[%d].loss".formatted(name, i),
                        losses[0],
                        step.get("loss").get("f64").doubleValue(),
                        mode.tolerance("loss"));
                if (i == 0) {
                    double[][] gradient = SamplesProbe.velocity(momentum);
                    near("step0.grad.head.weight", "step0.grad.head", gradient[0]);
                    near("step0.grad.head.bias", "step0.grad.head", gradient[1]);
                }
                double[][] head = SamplesProbe.head(network);
                weights.add(head[0]);
                biases.add(head[1]);
            }
        }
        near("head_after_step.weight", "head after every step", flat(weights));
        near("head_after_step.bias", "head after every step", flat(biases));
    }

    /// Scores of unseen classes are stored as 0.
    private void compareLogits(double[] samples) {
        double[] logits = new GoldenEvaluation(setup, network).logits(samples);
        int outputs = network.heads().classes();
        for (int i = 0; i < logits.length; i++) {
            logits[i] = i % outputs < classes ? logits[i] : 0;
        }
        near("step0.logits_masked", "step0.logits_masked", logits);
    }

    private void near(String tensor, String quantity, double[] found) {
        comparison.near(name + "." + tensor, found, tensor(tensor).doubles(), mode.tolerance(quantity));
    }

    private void field(String field, double found) {
        if (json.has(field)) {
            comparison.near(name + "." + field, found, json.get(field).doubleValue(), 0);
        }
    }

    private static double[] flat(List<double[]> parts) {
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
