package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
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
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A stored trace of task arithmetic as the service would run it, under one merge rule: plan, engine, trainer, loop and
/// evaluations; the draws of [ArithmeticEngine] are given.
///
/// Longer than 350 lines: one run of the method, from what it is given to what it says.
final class ArithmeticRun {

    private static final CheckpointManifest.Source NOWHERE = new CheckpointManifest.Source("none", "none");
    private static final int DECODED_AT_ONCE = 7;

    private final ArithmeticSetup setup;
    private final NumericMode mode;
    private final ArithmeticNumbers numbers;
    private final String rule;
    private final TaskArithmetic.Settings settings;
    private final List<StepRecord> steps = new ArrayList<>();
    private final @Nullable String stage;
    private final List<List<Integer>> kept = new ArrayList<>();

    /// @param rule as the trace names it
    /// @param stage that follows each task, as the trace names it, or null for none
    ArithmeticRun(
            ArithmeticSetup setup, NumericMode mode, String rule, @Nullable String stage, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.numbers = new ArithmeticNumbers(setup, mode, comparison);
        this.rule = rule;
        this.stage = stage;
        this.settings = setup.settings(rule(rule), stage);
        comparison.run(mode.name() + ", " + rule + (stage == null ? "" : ", " + stage));
    }

    private static MergeRule rule(String name) {
        double number = name.equals("average") ? 0 : Double.parseDouble(name.substring(name.lastIndexOf('_') + 1));
        return switch (name.replaceFirst("_[0-9.]+$", "")) {
            case "sum" -> new MergeRule.Sum(number);
            case "average" -> new MergeRule.Average();
            case "moving_average" -> new MergeRule.MovingAverage(number);
            default -> throw new IllegalArgumentException("no rule " + name);
        };
    }

    /// Everything that the trace has stored, and the adapters after the last task.
    TensorBundle compare() {
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        List<LearningTask> tasks = setup.learningTasks();
        TrainingPlan plan = setup.plan(settings);
        Pictures pictures = new Pictures(setup.pictures("train"), setup.pictures("test"), 1, SmallRun.IN_MEMORY);
        int[] saved = {0};
        RunCheckpoints checkpoints = new RunCheckpoints(
                new InMemoryCheckpointStore(),
                () -> new CheckpointKey("job", 1, "checkpoint-" + saved[0]++),
                NOWHERE,
                NOWHERE,
                null,
                InstantSource.fixed(Instant.EPOCH));
        try (Backbone backbone = setup.backbone(master);
                ContinualMethod method = ContinualMethods.create(settings);
                ArithmeticEngine engine = new ArithmeticEngine(
                        new PlannedEngine(plan, tasks, pictures, DECODED_AT_ONCE)
                                .open(TestPrograms.RUNTIME, backbone, mode, StopRequest.NEVER),
                        setup,
                        this::begun)) {
            network = engine.network();
            setup.beginHeads(network);
            frozen();
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
            TensorBundle rows = method.save().under("exemplars.");
            for (int position = 0; position < rows.names().size(); position++) {
                kept.add(Arrays.stream(rows.get("class" + position).longs())
                        .mapToObj(Math::toIntExact)
                        .toList());
            }
            return Tensors.copy(network.bank().save());
        }
    }

    @SuppressWarnings("NullAway.Init") // there from the start of the run
    private Network network;

    private void begun(LearningTask task, TaskRecipe recipe) {
        new ArithmeticProbe(setup, numbers, network).compare(task, recipe);
    }

    private void heard(TrainingEvent event, ArithmeticEngine engine, ContinualMethod method) {
        switch (event) {
            case TrainingEvent.EpochCompleted epoch -> steps.addAll(epoch.steps());
            case TrainingEvent.Evaluated evaluated -> measured(evaluated);
            case TrainingEvent.TaskCompleted done -> completed(done.task(), engine, method);
            default -> {}
        }
    }

    private void measured(TrainingEvent.Evaluated evaluated) {
        JsonNode stored = setup.expected(evaluated.task());
        String name = "task%d.".formatted(evaluated.task());
        if (stage != null && evaluated.stage() == Stage.FINAL) {
            if (stored.get("few_shot").has(stage)) {
                JsonNode numbersOfStage = stored.get("few_shot").get(stage);
                numbers.counts(name + "few_shot." + stage, evaluated.row(), numbersOfStage, logitsOfStage());
            }
            return;
        }
        assertThat(evaluated.stage()).isEqualTo(stage == null ? Stage.FINAL : Stage.BEFORE_FEW_SHOT);
        numbers.counts(
                name + "merged." + rule, evaluated.row(), stored.get("merged").get(rule), "logits");
    }

    private void completed(int t, ArithmeticEngine engine, ContinualMethod method) {
        steps(t);
        TensorBundle head = setup.oneHead() ? method.save().under("task%d.".formatted(t + 1)) : ownHead(t);
        ends(t, head);
        switch (method.inference()) {
            case Inference.Latest latest -> {
                individual(t, head);
                merged(t, latest.view());
            }
            case Inference.OfCopy of -> {
                if (setup.expected(t).get("few_shot").has(Objects.requireNonNull(stage))) {
                    tuned(t, stage, engine, of.copy());
                }
            }
            case Inference.ByInferredTask _, Inference.ByBatchMajority _ ->
                throw new AssertionError("no task is inferred");
        }
    }

    /// The images that the method keeps, class after class, after the run.
    List<List<Integer>> kept() {
        return List.copyOf(kept);
    }

    private String logitsOfStage() {
        return everything() ? "logits, few-shot all" : "logits";
    }

    private boolean everything() {
        return stage != null && stage.startsWith("all");
    }

    /// What the stage has made of the copy.
    private void tuned(int t, String name, ArithmeticEngine engine, NetworkCopy made) {
        String place = "task%d.few_shot.%s.".formatted(t, name);
        String steps = everything() ? "few-shot all: " : "few-shot: ";
        JsonNode stored = setup.expected(t).get("few_shot").get(name).get("steps");
        List<StepTally> tallies = engine.ofStage();
        numbers.near(
                place + "cross_entropy",
                steps + "cross_entropy",
                tallies.stream().mapToDouble(StepTally::loss).toArray(),
                stored.get("cross_entropy"));
        numbers.near(
                place + "gradient_norm",
                steps + "gradient_norm",
                tallies.stream().mapToDouble(StepTally::gradientNorm).toArray(),
                stored.get("gradient_norm"));
        Network copy = engine.trained();
        int seen = (t + 1) * setup.classes();
        double[] logits = ArithmeticScores.logits(
                copy,
                ArithmeticScores.features(copy, made.view(copy), setup.inputs().get("test_images")));
        numbers.near(place + "test_logits", logitsOfStage(), columns(logits, 0, seen));
        String weights = everything() ? "few-shot all: weights and heads" : "heads";
        TensorBundle heads = copy.heads().save(List.of(new ClassRange(0, seen))).under("task1.");
        numbers.near(place + "heads.weight", weights, heads.get("weight").doubles());
        numbers.near(place + "heads.bias", weights, heads.get("bias").doubles());
        TensorBundle adapter = copy.bank().save();
        if (made.adapter() != null) {
            for (AdapterSite site : copy.bank().settings().all()) {
                String at =
                        "blocks.%d.%s.".formatted(site.block(), site.matrix().wire());
                numbers.near(
                        place + at + "A", "A", adapter.get(at + "down.task1").doubles());
                numbers.near(place + at + "B", "B", adapter.get(at + "up.task1").doubles());
            }
        }
        TensorBundle backbone = Objects.requireNonNull(copy.saveBackbone());
        backbone.names()
                .forEach(one ->
                        numbers.near(place + one, weights, backbone.get(one).doubles()));
    }

    private void steps(int t) {
        JsonNode stored = setup.expected(t).get("steps");
        String name = "task%d.steps.".formatted(t);
        series(
                name,
                "cross_entropy",
                stored,
                step -> Objects.requireNonNull(step.terms().get(StepTally.CROSS_ENTROPY)));
        series(name, "loss", stored, StepRecord::loss);
        series(name, "gradient_norm", stored, StepRecord::gradientNorm);
        boolean diverges = settings.klWeight() > 0;
        assertThat(steps)
                .allSatisfy(step -> assertThat(step.terms().containsKey(LossTerm.Divergence.NAME))
                        .isEqualTo(diverges));
        if (diverges) {
            series(
                    name,
                    "kl",
                    stored,
                    step -> Objects.requireNonNull(step.terms().get(LossTerm.Divergence.NAME)));
        }
        steps.clear();
    }

    private void series(String name, String quantity, JsonNode stored, ToDoubleFunction<StepRecord> of) {
        numbers.near(name + quantity, quantity, steps.stream().mapToDouble(of).toArray(), stored.get(quantity));
    }

    private void ends(int t, TensorBundle head) {
        TensorBundle saved = network.bank().save();
        for (AdapterSite site : network.bank().settings().all()) {
            String place = "blocks.%d.%s.".formatted(site.block(), site.matrix().wire());
            String task = ".task" + (t + 1);
            numbers.near(
                    "task%d.%sA".formatted(t, place),
                    "A",
                    saved.get(place + "down" + task).doubles());
            numbers.near(
                    "task%d.%sB".formatted(t, place),
                    "B",
                    saved.get(place + "up" + task).doubles());
        }
        numbers.near(
                "task%d.head.weight".formatted(t), "heads", head.get("weight").doubles());
        numbers.near("task%d.head.bias".formatted(t), "heads", head.get("bias").doubles());
    }

    /// The rows of a task in the network's heads.
    private TensorBundle ownHead(int t) {
        return heads(t * setup.classes(), setup.classes()).under("task1.");
    }

    private TensorBundle heads(int first, int count) {
        return network.heads().save(List.of(new ClassRange(first, count)));
    }

    private void frozen() {
        numbers.near("frozen.test_features", "features", features(AdapterView.NONE));
    }

    /// The model of a task by itself.
    private void individual(int t, TensorBundle head) {
        SiteValues scales = network.bank().settings().scales(network.shape().depth());
        SiteValues none = SiteValues.all(network.shape().depth(), 0);
        AdapterView own = new AdapterView(IntStream.rangeClosed(0, t)
                .mapToObj(j -> j == t ? scales : none)
                .toList());
        double[] features = features(own);
        String name = "task%d.individual.".formatted(t);
        numbers.near(name + "test_features", "features", features);
        numbers.near(name + "test_logits", "logits", ArithmeticScores.of(features, head));
    }

    private void merged(int t, AdapterView view) {
        String name = "task%d.merged.%s.".formatted(t, rule);
        double[] logits = logits(features(view));
        numbers.near(name + "test_logits", "logits", columns(logits, 0, (t + 1) * setup.classes()));
        TensorBundle heads = network.heads().save();
        numbers.near(name + "head.weight", "heads", heads.get("weight").doubles());
        numbers.near(name + "head.bias", "heads", heads.get("bias").doubles());
        for (AdapterSite site : network.bank().settings().all()) {
            String place = "blocks.%d.%s.".formatted(site.block(), site.matrix().wire());
            numbers.near(name + place + "delta", "delta", delta(view, site, place));
        }
    }

    /// The sum of the products with the coefficients of a view.
    private double[] delta(AdapterView view, AdapterSite site, String place) {
        TensorBundle saved = network.bank().save();
        int in = network.shape().in(site.matrix());
        double[] sum = new double[network.shape().out(site.matrix()) * in];
        for (int j = 0; j < view.coefficients().size(); j++) {
            HostTensor down = saved.get(place + "down.task" + (j + 1));
            HostTensor up = saved.get(place + "up.task" + (j + 1));
            double coefficient = view.coefficients().get(j).at(site);
            double[] a = down.doubles();
            double[] b = up.doubles();
            int rank = (int) down.shape()[0];
            for (int i = 0; i < sum.length; i++) {
                for (int r = 0; r < rank; r++) {
                    sum[i] += coefficient * b[i / in * rank + r] * a[r * in + i % in];
                }
            }
        }
        return sum;
    }

    private double[] features(AdapterView view) {
        return ArithmeticScores.features(network, view, setup.inputs().get("test_images"));
    }

    private double[] logits(double[] features) {
        return ArithmeticScores.logits(network, features);
    }

    /// Some columns of scores of all classes.
    private double[] columns(double[] logits, int from, int to) {
        int all = setup.tasks() * setup.classes();
        return IntStream.range(0, logits.length)
                .filter(i -> i % all >= from && i % all < to)
                .mapToDouble(i -> logits[i])
                .toArray();
    }
}
