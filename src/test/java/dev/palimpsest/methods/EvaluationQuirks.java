package dev.palimpsest.methods;

import static dev.palimpsest.methods.QuirkNumbers.matcher;
import static dev.palimpsest.methods.QuirkNumbers.nested;
import static dev.palimpsest.methods.QuirkNumbers.number;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SamplesProbe;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.GoldenCases.GoldenCase;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// Rows about rates, evaluation and alignment. Compared where the trace is.
final class EvaluationQuirks {

    private final GoldenCase golden;
    private final JsonNode quirks;
    private final GoldenSetup trace;
    private final QuirkNumbers numbers;
    private @Nullable GoldenTaskIdentity identity;

    EvaluationQuirks(GoldenCase golden, JsonNode quirks, GoldenSetup trace, QuirkNumbers numbers) {
        this.golden = golden;
        this.quirks = quirks;
        this.trace = trace;
        this.numbers = numbers;
    }

    void compare() {
        if (quirks.has("8")) {
            rates(trace, quirks.get("8"));
        }
        evaluations(trace);
        alignments(trace);
        if (quirks.has("13")) {
            unseenClasses(trace, quirks.get("13"));
        }
        if (quirks.has("17")) {
            lastNorm(trace, quirks.get("17"));
        }
    }

    /// Rows 10, 13 and 15: counts of the evaluations, as `task-id` compares them.
    private void evaluations(GoldenSetup setup) {
        Optional<GoldenCase> stored = golden.beside("task-id", setup.names());
        boolean aligned = golden.beside("classifier-alignment", setup.names()).isPresent();
        if (stored.isEmpty()) {
            return;
        }
        GoldenTaskIdentity run =
                new GoldenTaskIdentity(new GoldenSetup(stored.get()), NumericMode.FP64, new GoldenComparison());
        run.compare();
        identity = run;
        if (quirks.has("10")) {
            counts("10.summary_txt_without_alignment", "no_tii.final", quirks.get("10"));
            if (aligned) {
                counts("10.eval_with_alignment", "no_tii.aligned", quirks.get("10"));
            }
        }
        if (quirks.has("15")) {
            counts("15.per_sample", "tii.final.per_sample", quirks.get("15"));
            counts("15.batch_wise_per_task_loaders", "tii.final.batch_wise", quirks.get("15"));
            counts("15.batch_wise_mixed_order", "tii.final.batch_wise_mixed_order", quirks.get("15"));
        }
        if (quirks.has("13")) {
            JsonNode held = quirks.get("13").get("held_in_task_id");
            for (String evaluation : held.propertyNames()) {
                compareCounts("13." + evaluation, evaluation, held.get(evaluation));
            }
        }
    }

    private void counts(String name, String evaluation, JsonNode quirk) {
        compareCounts(name, evaluation, quirk.get(name.substring(name.indexOf('.') + 1)));
    }

    private void compareCounts(String name, String evaluation, JsonNode stored) {
        GoldenTaskIdentity.Counts counts = Objects.requireNonNull(identity).counts(evaluation);
        numbers.comparison()
                .near(name + ".correct", counts.correct(), stored.get("correct").intValue(), 0);
        numbers.comparison()
                .near(name + ".images", counts.images(), stored.get("images").intValue(), 0);
        if (stored.has("task_correct")) {
            numbers.comparison()
                    .near(
                            name + ".task_correct",
                            counts.taskCorrect(),
                            stored.get("task_correct").intValue(),
                            0);
        }
    }

    /// Rows 11 and 12: how far one alignment moves the head, and how much of its pool it uses.
    private void alignments(GoldenSetup setup) {
        Optional<GoldenSetup> alignment =
                golden.beside("classifier-alignment", setup.names()).map(GoldenSetup::new);
        if (quirks.has("12")) {
            poolOfTenTasks(quirks.get("12"));
        }
        if (alignment.isEmpty()) {
            return;
        }
        JsonNode runs = alignment.get().json().get("runs");
        String run = runs.propertyNames().stream()
                .filter(name -> runs.get(name).get("method").stringValue().equals("multi-centroid"))
                .max(Comparator.comparingInt(
                        (String name) -> runs.get(name).get("task").intValue()))
                .orElseThrow();
        GoldenAlignment aligned = new GoldenAlignment(alignment.get(), NumericMode.FP64, new GoldenComparison());
        if (quirks.has("11")) {
            // stored from the float32 run
            numbers.comparison()
                    .near(
                            "11.once",
                            aligned.changeOfHead(run),
                            quirks.get("11").get("once").doubleValue(),
                            QuirkNumbers.SINGLE);
        }
        if (quirks.has("12")) {
            GoldenAlignment.Pool pool = aligned.pool(run);
            numbers.near("12.pool_rows", pool.rows(), quirks.get("12").get("reference"));
            numbers.near("12.rows_used_per_epoch", pool.used(), quirks.get("12").get("reference"));
            numbers.near("12.iterations", pool.iterations(), quirks.get("12").get("reference"));
        }
    }

    /// Ten tasks of ten classes with the default settings.
    private void poolOfTenTasks(JsonNode quirk) {
        AlignmentSettings settings = new AlignmentSettings(ClassStatistics.Kind.CENTROIDS, 10, 50, 0.005, 320);
        HeadAlignment alignment = new HeadAlignment(settings);
        List<LearningTask> learned = IntStream.range(0, 10)
                .mapToObj(t -> QuirkNumbers.task(
                        t, IntStream.range(10 * t, 10 * t + 10).toArray()))
                .toList();
        alignment.restore(TestPrograms.RUNTIME, new TensorBundle(), learned);
        Phase.Alignment phase = (Phase.Alignment) alignment.phases().getFirst();
        JsonNode stored = quirk.get("cifar100_last_task");
        numbers.near("12.rows_used", (double) phase.iterations() * phase.samplesPerStep(), stored);
        numbers.near("12.pool_rows", 100.0 * settings.centroids() * settings.samplesPerStep(), stored);
    }

    /// Row 13: classes that were not learned take part under the published behaviour.
    private void unseenClasses(GoldenSetup setup, JsonNode quirk) {
        String text = quirk.get("case").stringValue();
        int model = number("model after task (\\d+)", text);
        int images = number("first (\\d+) test images", text);
        double raised = Double.parseDouble(matcher("raised by ([0-9.]+)", text).group(1));
        try (GoldenState state = new GoldenState(setup, NumericMode.FP64, model)) {
            double[][] head = SamplesProbe.head(state.network());
            int seen = setup.task(model).firstClass() + setup.classesPerTask();
            for (int c = seen; c < head[1].length; c++) {
                head[1][c] += raised;
            }
            state.network().heads().set(0, head[0], head[1]);
            for (LoracIpc.Fidelity fidelity : LoracIpc.Fidelity.values()) {
                LoracIpc method = state.method(fidelity, model, new TensorBundle(), 1);
                Inference.ByInferredTask inference = (Inference.ByInferredTask) method.inference();
                double[] logits = state.evaluation()
                        .logits(state.evaluation()
                                .features(
                                        inference.snapshots().getLast(),
                                        setup.inputs().get("test_images")));
                int outputs = head[1].length;
                int scored = inference.masksUnseen() ? seen : outputs;
                long[] predictions = IntStream.range(0, images)
                        .mapToLong(i -> IntStream.range(0, scored)
                                .reduce(0, (a, b) -> logits[i * outputs + b] > logits[i * outputs + a] ? b : a))
                        .toArray();
                String name = fidelity == LoracIpc.Fidelity.REFERENCE ? "reference" : "corrected";
                numbers.comparison()
                        .same(
                                "13.%s.predictions".formatted(name),
                                predictions,
                                quirk.get(name)
                                        .get("predictions")
                                        .valueStream()
                                        .mapToLong(JsonNode::longValue)
                                        .toArray());
            }
        }
    }

    /// Row 17: with the fresh norm in place of the last one, features and scores of the full path, which is the only
    /// one here.
    private void lastNorm(GoldenSetup setup, JsonNode quirk) {
        Matcher asked = matcher(
                "linspace\\(([0-9.]+), ([0-9.]+), (\\d+)\\) and bias ([0-9.]+), initial head, first (\\d+)",
                quirk.get("case").stringValue());
        double from = Double.parseDouble(asked.group(1));
        double to = Double.parseDouble(asked.group(2));
        int width = Integer.parseInt(asked.group(3));
        int images = Integer.parseInt(asked.group(5));
        TensorBundle stored = setup.weights();
        TensorBundle weights = new TensorBundle();
        for (String name : stored.names()) {
            double[] values = new double[width];
            for (int i = 0; i < width; i++) {
                boolean bias = name.equals("norm.bias");
                values[i] = bias ? Double.parseDouble(asked.group(4)) : from + (to - from) * i / (width - 1);
            }
            boolean norm = name.equals("norm.weight") || name.equals("norm.bias");
            weights.put(name, norm ? floats(values) : stored.get(name));
        }
        try (Backbone backbone = setup.backbone(weights, ElementType.FLOAT64);
                Network network = setup.network(backbone, NumericMode.FP64)) {
            network.heads()
                    .set(
                            0,
                            setup.inputs().get("init.head.weight").doubles(),
                            setup.inputs().get("init.head.bias").doubles());
            GoldenEvaluation evaluation = new GoldenEvaluation(setup, network);
            double[] features = Arrays.copyOf(
                    evaluation.features(AdapterView.NONE, setup.inputs().get("test_images")), images * width);
            // the norm's numbers pass through float32 in a file of weights
            numbers.comparison()
                    .near("17.features", features, nested(quirk.get("reference").get("features")), QuirkNumbers.SINGLE);
            numbers.comparison()
                    .near(
                            "17.logits_full_path",
                            evaluation.logits(features),
                            nested(quirk.get("reference").get("logits_full_path")),
                            QuirkNumbers.SINGLE);
        }
    }

    private static HostTensor floats(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < result.length; i++) {
            result[i] = (float) values[i];
        }
        return HostTensor.ofFloats(result, result.length);
    }

    /// Row 8: the first task's own rate is taken as it is; later tasks have the plan's.
    private void rates(GoldenSetup setup, JsonNode quirk) {
        Matcher options = matcher(
                "--lr ([0-9.]+), (\\d+) per process, (\\d+) processes, first_session_lr ([0-9.]+)",
                quirk.get("case").stringValue());
        double first = Double.parseDouble(options.group(4));
        LoracIpc.Settings plain = setup.settings(LoracIpc.Fidelity.REFERENCE);
        LoracIpc method = new LoracIpc(new LoracIpc.Settings(
                plain.fidelity(),
                plain.adapters(),
                plain.orthogonalityWeight(),
                plain.pastCoefficientRateScale(),
                first,
                plain.freezeFraction(),
                plain.freezeCountOver(),
                plain.sensitivityDecay(),
                plain.uncertaintyDecay(),
                null,
                null));
        double plan = Double.parseDouble(options.group(1)) * Integer.parseInt(options.group(2)) / 256;
        try (Backbone backbone = setup.backbone(ElementType.FLOAT64);
                Network network = setup.network(backbone, NumericMode.FP64)) {
            FixedTask task = new FixedTask(network, setup.task(0));
            Double own = method.beforeTask(task).rates().learningRate();
            numbers.comparison()
                    .near(
                            "8.first_task",
                            own == null ? plan : own,
                            quirk.get("reference").get("first_task").doubleValue(),
                            1e-15);
            method.afterTask(task);
            Double later = method.beforeTask(task).rates().learningRate();
            numbers.comparison()
                    .near(
                            "8.later_tasks",
                            later == null ? plan : later,
                            quirk.get("reference").get("later_tasks").doubleValue(),
                            1e-15);
        }
    }
}
