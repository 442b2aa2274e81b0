package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.SubspaceMemory.Mode;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.Weights;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.ContinualTrainer;
import dev.palimpsest.training.Pictures;
import dev.palimpsest.training.PlannedEngine;
import dev.palimpsest.training.RunCheckpoints;
import dev.palimpsest.training.StepRecord;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingOutcome;
import dev.palimpsest.training.TrainingPlan;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import tools.jackson.databind.JsonNode;

/// A stored run of the published program as a run of the service would make it: plan, engine, trainer, loop, passes,
/// memory, alignment and evaluation are the product's; only what was drawn is given ([InfLoraGoldenEngine]).
///
/// Longer than 350 lines: one stored run, told from its first task to its last number.
final class InfLoraGoldenRun {

    private static final double EXACT = 1e-10;
    private static final CheckpointManifest.Source NOWHERE = new CheckpointManifest.Source("none", "none");

    private final InfLoraGolden golden;
    private final NumericMode mode;
    private final GoldenComparison comparison;
    private final Tolerances tolerances;
    private final int width;
    private final int rank;
    private final List<StepRecord> steps = new ArrayList<>();
    private final Set<String> done = new HashSet<>();

    InfLoraGoldenRun(InfLoraGolden golden, NumericMode mode, GoldenComparison comparison) {
        this.golden = golden;
        this.mode = mode;
        this.comparison = comparison;
        this.tolerances = Tolerances.of(golden.golden());
        this.width = golden.number("dim");
        this.rank = golden.number("rank");
    }

    void compare() {
        comparison.run(mode.name());
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        List<LearningTask> tasks = IntStream.range(0, golden.tasks())
                .mapToObj(golden::learningTask)
                .toList();
        TrainingPlan plan = golden.plan(tasks);
        Pictures pictures = new Pictures(golden.pictures("train"), golden.pictures("test"), 1, SmallRun.IN_MEMORY);
        try (ContinualMethod method = ContinualMethods.create(golden.settings());
                Backbone backbone = golden.backbone(master);
                InfLoraGoldenEngine engine = new InfLoraGoldenEngine(
                        new PlannedEngine(plan, tasks, pictures, 7)
                                .open(TestPrograms.RUNTIME, backbone, mode, StopRequest.NEVER),
                        golden)) {
            int[] saved = {0};
            RunCheckpoints checkpoints = new RunCheckpoints(
                    new InMemoryCheckpointStore(),
                    () -> new CheckpointKey("job", 1, "checkpoint-" + saved[0]++),
                    NOWHERE,
                    NOWHERE,
                    null,
                    InstantSource.fixed(Instant.EPOCH));
            TrainingOutcome outcome = new ContinualTrainer(
                            plan,
                            tasks,
                            method,
                            engine,
                            checkpoints,
                            event -> heard(event, engine, method),
                            StopRequest.NEVER)
                    .run(null);
            assertThat(outcome).isEqualTo(new TrainingOutcome.Completed());
        }
    }

    private void heard(TrainingEvent event, InfLoraGoldenEngine engine, ContinualMethod method) {
        switch (event) {
            case TrainingEvent.TaskStarted _ -> steps.clear();
            case TrainingEvent.EpochCompleted epoch -> steps.addAll(epoch.steps());
            case TrainingEvent.Evaluated evaluated -> evaluated(evaluated, engine, method);
            case TrainingEvent.TaskCompleted done -> completed(done.task(), engine, method);
            default -> {}
        }
    }

    private void evaluated(TrainingEvent.Evaluated event, InfLoraGoldenEngine engine, ContinualMethod method) {
        int t = event.task();
        String start = "task%d.".formatted(t);
        Network network = engine.network();
        double[] features = features(network, method);
        if (event.stage() == Stage.BEFORE_ALIGNMENT) {
            engine.heads("before_align.");
            near(start + "before_align.test_logits", "test_logits", logits(network, features, t));
            return;
        }
        engine.heads("");
        near(start + "test_features", "test_features", features);
        near(start + "test_logits", "test_logits", logits(network, features, t));
        counts(t, event.row());
    }

    private double[] features(Network network, ContinualMethod method) {
        HostTensor pictures = golden.inputs().get("test_images");
        int count = (int) pictures.shape()[0];
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                ImagePixels pixels = GoldenSetup.images(network, pictures);
                Weights weights = network.compose(((Inference.Latest) method.inference()).view())) {
            return network.features(scope, pixels, LongStream.range(0, count).toArray(), weights, count)
                    .doubles();
        }
    }

    /// Scores of the classes so far, [n, C].
    private double[] logits(Network network, double[] features, int t) {
        int count = features.length / width;
        int seen = (t + 1) * golden.classes();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            Tensor all = network.logits(scope, features, count, count);
            double[] values = all.doubles();
            int outputs = values.length / count;
            double[] own = new double[count * seen];
            for (int i = 0; i < count; i++) {
                System.arraycopy(values, i * outputs, own, i * seen, seen);
            }
            return own;
        }
    }

    /// Equal, unless two scores of an image lie nearer to each other than rounding may move them.
    private void counts(int t, MeasuredRow row) {
        JsonNode stored = golden.task(t);
        double margin = stored.get("smallest_top1_margin").doubleValue();
        if (margin < 2 * tolerance("test_logits")) {
            return;
        }
        Map<String, Measure> counted = new TreeMap<>(Map.of(
                "correct_top1", Measure.TOP1,
                "correct_task_known", Measure.TASK_KNOWN,
                "correct_task_id", Measure.TASK_ID));
        counted.forEach((name, measure) -> comparison.same(
                "tasks[%d].%s".formatted(t, name),
                Objects.requireNonNull(row.correct().get(measure)).stream()
                        .mapToLong(count -> Objects.requireNonNull(count))
                        .toArray(),
                longs(stored.get(name))));
        comparison.same(
                "tasks[%d].test_images".formatted(t),
                row.testImages().stream().mapToLong(Integer::longValue).toArray(),
                longs(stored.get("test_images")));
    }

    private void completed(int t, InfLoraGoldenEngine engine, ContinualMethod method) {
        JsonNode stored = golden.task(t);
        String json = "tasks[%d].".formatted(t);
        series(json + "losses", "losses", steps.stream().map(StepRecord::loss).toList(), stored.get("losses"));
        series(
                json + "learning_rates",
                "learning_rates",
                steps.stream().map(StepRecord::learningRate).toList(),
                stored.get("learning_rates"));
        series(
                json + "gradient_norms",
                "gradient_norms",
                steps.stream().map(StepRecord::gradientNorm).toList(),
                stored.get("gradient_norms"));
        comparison.near(
                json + "threshold",
                golden.settings().threshold(t, golden.tasks()),
                stored.get("threshold").doubleValue(),
                1e-15);
        alignment(t, engine, method);
        memory(t, method);
        tensors(t, engine.seen(), Objects.requireNonNull(engine.network().bank().save()));
    }

    private void series(String name, String quantity, List<Double> found, JsonNode stored) {
        double tolerance = quantity.equals("learning_rates") ? tolerances.get(quantity) : tolerance(quantity);
        comparison.near(
                name,
                found.stream().mapToDouble(Double::doubleValue).toArray(),
                stored.valueStream().mapToDouble(JsonNode::doubleValue).toArray(),
                tolerance);
    }

    private void alignment(int t, InfLoraGoldenEngine engine, ContinualMethod method) {
        String start = "task%d.".formatted(t);
        if (golden.expected().has(start + "class_means")) {
            TensorBundle saved = method.save();
            List<double[]> means = new ArrayList<>();
            List<double[]> spreads = new ArrayList<>();
            for (int c = 0; c < (t + 1) * golden.classes(); c++) {
                String key = "alignment.task%d.class%d.".formatted(c / golden.classes() + 1, c);
                means.add(saved.get(key + "mean").doubles());
                spreads.add(saved.get(key + "spread").doubles());
            }
            near(start + "class_means", "class_means", joined(means));
            near(start + "class_covs", "class_covs", joined(spreads));
        }
        JsonNode stored = golden.task(t).path("align");
        if (stored.isObject()) {
            String json = "tasks[%d].align.".formatted(t);
            series(json + "losses", "align losses", engine.alignmentLosses(), stored.get("losses"));
            series(json + "learning_rates", "learning_rates", engine.alignmentRates(), stored.get("learning_rates"));
            series(
                    json + "gradient_norms",
                    "align gradient_norms",
                    engine.alignmentNorms(),
                    stored.get("gradient_norms"));
            samples(t, engine);
        }
    }

    /// The first samples of each class are stored rounded.
    private void samples(int t, InfLoraGoldenEngine engine) {
        String start = "task%d.align.".formatted(t);
        double[] found = Objects.requireNonNull(engine.seen().get(start + "first_samples"));
        long[] noise = golden.inputs().get(start + "noise_first4").shape();
        int each = (int) (noise[1] * noise[2]);
        double[] all = golden.inputs().get(start + "samples").doubles();
        int stride = all.length / (int) noise[0];
        double[] wanted = new double[found.length];
        for (int c = 0; c < noise[0]; c++) {
            System.arraycopy(all, c * stride, wanted, c * each, each);
        }
        comparison.near(start + "samples", found, wanted, tolerances.get("class_means"));
    }

    private static double[] joined(List<double[]> parts) {
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private void memory(int t, ContinualMethod method) {
        TensorBundle saved = method.save();
        for (int block = 0; block < golden.blocks(); block++) {
            JsonNode layer = golden.task(t).get("layers").get(block);
            String name = "memory.blocks.%d.kv.".formatted(block);
            HostTensor basis = saved.has(name + "basis")
                    ? saved.get(name + "basis")
                    : HostTensor.ofDoubles(new double[0], width, 0);
            String json = "tasks[%d].layers[%d].".formatted(t, block);
            comparison.near(
                    json + "mode_after",
                    saved.get(name + "mode").doubles()[0],
                    mode(layer.get("mode_after")).number(),
                    0);
            comparison.near(
                    json + "bases_after",
                    (double) basis.shape()[1],
                    layer.get("bases_after").intValue(),
                    0);
            near("task%d.block%d.memory_projector".formatted(t, block), "A_projector", InfLoraGolden.span(basis));
        }
    }

    static Mode mode(JsonNode stored) {
        return Mode.valueOf(stored.stringValue().toUpperCase(Locale.ROOT));
    }

    /// Everything that passed through the engine and is stored. A row of A carries either sign, and with it a column of
    /// B.
    private void tensors(int t, Map<String, double[]> seen, TensorBundle bank) {
        String start = "task%d.".formatted(t);
        int last = steps.size();
        for (int block = 0; block < golden.blocks(); block++) {
            String name = start + "block%d.".formatted(block);
            double[] down = Objects.requireNonNull(seen.get(name + "A"));
            double[] stored = golden.expected().get(name + "A").doubles();
            done.add(name + "A");
            comparison.near(
                    name + "A",
                    InfLoraGolden.rowSpace(down, width),
                    InfLoraGolden.rowSpace(stored, width),
                    tolerance("A_projector"));
            double[] signs = signs(down, stored);
            for (String site : List.of("k", "v")) {
                double[] up = bank.get("blocks.%d.%s.up.task%d".formatted(block, site, t + 1))
                        .doubles();
                near(name + "B_" + site, "B", signed(up, signs));
                comparison.near(
                        name + "delta_" + site,
                        InfLoraGolden.product(up, down, rank),
                        InfLoraGolden.product(
                                golden.expected().get(name + "B_" + site).doubles(), stored, rank),
                        tolerance("delta"));
                for (String when : List.of("first_grad.", "step1.", "step2.", "step5.")) {
                    String key = "%s%sblocks.%d.B_%s".formatted(start, when, block, site);
                    if (golden.expected().has(key)) {
                        near(key, "B", signed(Objects.requireNonNull(seen.get(key)), signs));
                    }
                }
            }
        }
        near(start + "head.weight", "heads", Objects.requireNonNull(seen.get(start + "heads.%d.weight".formatted(t))));
        near(start + "head.bias", "heads", Objects.requireNonNull(seen.get(start + "heads.%d.bias".formatted(t))));
        assertThat(seen).containsKey(start + "step%d.head.bias".formatted(last));
        seen.forEach((key, values) -> {
            if (key.startsWith(start) && golden.expected().has(key) && !done.contains(key)) {
                near(key, key.contains(".cov_") ? "second moments" : "heads", values);
            }
        });
        seen.clear();
    }

    /// Of each row of A: whether it points as the stored one does.
    private double[] signs(double[] down, double[] stored) {
        double[] signs = new double[rank];
        for (int r = 0; r < rank; r++) {
            double product = 0;
            for (int i = r * width; i < (r + 1) * width; i++) {
                product += down[i] * stored[i];
            }
            signs[r] = Math.signum(product);
        }
        return signs;
    }

    private double[] signed(double[] up, double[] signs) {
        double[] result = new double[up.length];
        for (int i = 0; i < up.length; i++) {
            result[i] = up[i] * signs[i % rank];
        }
        return result;
    }

    private void near(String name, String quantity, double[] found) {
        done.add(name);
        comparison.near(name, found, golden.expected().get(name).doubles(), tolerance(quantity));
    }

    private double tolerance(String quantity) {
        return mode.compute() == ElementType.FLOAT64 ? EXACT : tolerances.get(quantity);
    }

    private static long[] longs(JsonNode array) {
        return array.valueStream().mapToLong(JsonNode::longValue).toArray();
    }
}
