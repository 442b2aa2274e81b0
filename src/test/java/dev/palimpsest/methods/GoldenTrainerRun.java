package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.InMemoryCheckpointStore;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.ElementType;
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
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A stored trace as a run of the service would make it: the plan becomes an engine, and the trainer owns loop, rates,
/// collecting and evaluations. Only the two draws of [GoldenEngine] are given.
final class GoldenTrainerRun {

    private static final double[] HALF = {0.5, 0.5, 0.5};
    private static final CheckpointManifest.Source NOWHERE = new CheckpointManifest.Source("none", "none");

    private final GoldenSetup setup;
    private final NumericMode mode;
    private final GoldenComparison comparison;
    private final LoracIpc.Settings settings;
    private final GoldenTraceNumbers numbers;
    private final GoldenTaskEnd ends;
    private final List<StepRecord> steps = new ArrayList<>();
    private @Nullable MeasuredRow measured;

    GoldenTrainerRun(GoldenSetup setup, NumericMode mode, LoracIpc.Settings settings, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.comparison = comparison;
        this.settings = settings;
        this.numbers = new GoldenTraceNumbers(setup, mode, settings.fidelity(), comparison);
        this.ends = new GoldenTaskEnd(setup, numbers);
    }

    /// Steps, rates, and what every task leaves behind.
    void compare() {
        GoldenEngine engine = run(true);
        for (int i = 0; i < steps.size(); i++) {
            JsonNode stored = numbers.part("steps").get(i);
            String name = "steps[%d].".formatted(i);
            StepRecord step = steps.get(i);
            numbers.scalar(
                    name,
                    "classification_loss",
                    Objects.requireNonNull(step.terms().get(StepTally.CROSS_ENTROPY)),
                    stored);
            numbers.scalar(
                    name,
                    "orthogonality_loss",
                    Objects.requireNonNull(step.terms().get(LossTerm.Orthogonality.NAME)),
                    stored);
            numbers.scalar(name, "total_loss", step.loss(), stored);
            numbers.scalar(name, "gradient_norm", step.gradientNorm(), stored);
            rate(name + "learning_rate", step.learningRate(), stored.get("learning_rate"));
            rate(
                    name + "omega_learning_rate",
                    engine.rates().get(i).pastCoefficients(),
                    stored.get("omega_learning_rate"));
        }
        comparison.near("steps", steps.size(), numbers.part("steps").size(), 0);
    }

    private void rate(String name, double found, JsonNode stored) {
        comparison.near(name, found, stored.doubleValue(), 1e-15);
    }

    /// The features that the method asked for after each task.
    List<GoldenEngine.Collected> collected() {
        return run(false).collected();
    }

    private GoldenEngine run(boolean compareEnds) {
        ElementType master = mode.compute() == ElementType.FLOAT64 ? ElementType.FLOAT64 : ElementType.FLOAT32;
        List<LearningTask> tasks =
                IntStream.range(0, setup.tasks()).mapToObj(this::task).toList();
        TrainingPlan plan = plan(tasks);
        Pictures pictures = new Pictures(pictures("train"), pictures("test"), 1, SmallRun.IN_MEMORY);
        ContinualMethod method = ContinualMethods.create(settings);
        try (Backbone backbone = setup.backbone(master);
                GoldenEngine engine = new GoldenEngine(
                        new PlannedEngine(plan, tasks, pictures, 7)
                                .open(TestPrograms.RUNTIME, backbone, mode, StopRequest.NEVER),
                        setup)) {
            setup.beginHeads(engine.network());
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
                            event -> heard(event, engine, method, compareEnds),
                            StopRequest.NEVER)
                    .run(null);
            assertThat(outcome).isEqualTo(new TrainingOutcome.Completed());
            return engine;
        }
    }

    private void heard(TrainingEvent event, GoldenEngine engine, ContinualMethod method, boolean compareEnds) {
        switch (event) {
            case TrainingEvent.EpochCompleted epoch -> steps.addAll(epoch.steps());
            case TrainingEvent.Evaluated evaluated ->
                measured = evaluated.stage() == Stage.FINAL ? evaluated.row() : null;
            case TrainingEvent.TaskCompleted done -> {
                if (compareEnds) {
                    TensorBundle saved = method.save();
                    ends.decided(values(saved, "mask"), values(saved, "scores"));
                    ends.compare(engine.network(), (LoracIpc) method, done.task(), measured);
                }
            }
            default -> {}
        }
    }

    private static SiteValues values(TensorBundle saved, String name) {
        return SiteValues.ofArray(saved.get(name).doubles());
    }

    private StoredPictures pictures(String part) {
        return new StoredPictures(
                setup.inputs().get(part + "_images"),
                setup.inputs().get(part + "_labels").longs());
    }

    private LearningTask task(int t) {
        LearningTask stored = setup.task(t);
        int[] train = Arrays.stream(setup.epoch(t, 0)).sorted().toArray();
        return new LearningTask(
                t,
                stored.name(),
                stored.classes(),
                stored.labelRows(),
                stored.labels(),
                stored.firstClass(),
                stored.classCount(),
                train,
                new int[0],
                stored.test());
    }

    private TrainingPlan plan(List<LearningTask> tasks) {
        int side = setup.number("image");
        InputProfile input = new InputProfile(
                "golden",
                false,
                1,
                1,
                InputProfile.Filter.BILINEAR,
                false,
                0,
                InputProfile.Evaluation.AS_IS,
                side,
                InputProfile.Filter.BILINEAR,
                HALF,
                HALF,
                side);
        long[] batches = setup.batches().shape();
        TrainingSettings training = new TrainingSettings(
                (int) batches[1],
                (int) batches[3],
                new OptimizerSettings.Adam(setup.rate(), null, 0, 0.9, 0.999, 1e-8),
                setup.schedule(),
                setup.real("clip"));
        return new TrainingPlan(
                "none",
                "none",
                Scenario.CLASS_INCREMENTAL,
                tasks.stream()
                        .map(task -> new TrainingPlan.PlannedTask(task.name(), task.labels()))
                        .toList(),
                input,
                settings,
                training,
                "fp32",
                0,
                TrainingPlan.EvaluateAfter.EVERY_TASK,
                5);
    }
}
