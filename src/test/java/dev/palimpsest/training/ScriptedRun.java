package dev.palimpsest.training;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.Schedule;
import dev.palimpsest.methods.SequentialLora;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.Site;
import dev.palimpsest.support.InMemoryCheckpointStore;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A trainer on a scripted engine: three tasks of two classes and five images.
final class ScriptedRun {

    static final int TASKS = 3;
    static final int IMAGES = 5;
    static final int BATCH = 2;

    private static final MethodSettings METHOD =
            new SequentialLora.Settings(new AdapterChoice(Set.of(Site.Q), null, 1, null), ClassScope.TASK, null);

    private final List<TrainingEvent> events = new ArrayList<>();
    private final TrainingSettings training;
    private final TrainingPlan.EvaluateAfter after;
    private final int validation;
    private final int images;

    /// A plan with this training.
    ///
    /// @param validation images of each task that are kept away from training
    ScriptedRun(TrainingSettings training, TrainingPlan.EvaluateAfter after, int validation) {
        this(training, after, validation, IMAGES);
    }

    private ScriptedRun(TrainingSettings training, TrainingPlan.EvaluateAfter after, int validation, int images) {
        this.training = training;
        this.after = after;
        this.validation = validation;
        this.images = images;
    }

    /// A plan with this training on tasks of other sizes.
    static ScriptedRun of(TrainingSettings training, int images) {
        return new ScriptedRun(training, TrainingPlan.EvaluateAfter.EVERY_TASK, 0, images);
    }

    static ScriptedRun of(int epochs) {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, null, 0, 0.9, 0.999, 1e-8);
        TrainingSettings training = new TrainingSettings(epochs, BATCH, adam, new Schedule.Constant(), null);
        return new ScriptedRun(training, TrainingPlan.EvaluateAfter.EVERY_TASK, 0);
    }

    /// What happened.
    List<TrainingEvent> events() {
        return List.copyOf(events);
    }

    <T> List<T> events(Class<T> type) {
        return events.stream().filter(type::isInstance).map(type::cast).toList();
    }

    TrainingOutcome run(
            TrainingEngine engine,
            ContinualMethod method,
            InMemoryCheckpointStore store,
            int attempt,
            @Nullable Integer everyEpochs,
            StopRequest stop,
            @Nullable StoredCheckpoint from) {
        int[] next = {0};
        CheckpointManifest.Source nowhere = new CheckpointManifest.Source("none", "none");
        RunCheckpoints checkpoints = new RunCheckpoints(
                store,
                () -> new CheckpointKey("job", attempt, "checkpoint-%03d".formatted(next[0]++)),
                nowhere,
                nowhere,
                everyEpochs,
                InstantSource.fixed(Instant.EPOCH));
        return new ContinualTrainer(plan(), tasks(), method, engine, checkpoints, events::add, stop).run(from);
    }

    TrainingOutcome run(TrainingEngine engine, StopRequest stop) {
        return run(engine, ScriptedMethod.plain(), new InMemoryCheckpointStore(), 1, null, stop, null);
    }

    private TrainingPlan plan() {
        List<TrainingPlan.PlannedTask> planned = tasks().stream()
                .map(task -> new TrainingPlan.PlannedTask(task.name(), task.labels()))
                .toList();
        InputProfile input = InputProfile.named("plain", 32, new double[3], new double[] {1, 1, 1}, 1, true);
        return new TrainingPlan(
                "none", "none", Scenario.CLASS_INCREMENTAL, planned, input, METHOD, training, "fp32", 0, after, 1);
    }

    List<LearningTask> tasks() {
        return IntStream.range(0, TASKS)
                .mapToObj(t -> new LearningTask(
                        t,
                        "task " + (t + 1),
                        new int[] {2 * t, 2 * t + 1},
                        new int[] {2 * t, 2 * t + 1},
                        List.of("class " + 2 * t, "class " + (2 * t + 1)),
                        2 * t,
                        2,
                        new int[images],
                        new int[validation],
                        new int[ScriptedEngine.TEST_IMAGES]))
                .toList();
    }
}
