package dev.palimpsest.training;

import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.RunPhase;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.SessionResult;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The main path: for each task before, epochs, after, phases, evaluate, save.
///
/// One instance serves one attempt and is used by one thread.
public final class ContinualTrainer {

    private final TrainingPlan plan;
    private final List<LearningTask> tasks;
    private final ContinualMethod method;
    private final TrainingEngine engine;
    private final RunCheckpoints checkpoints;
    private final TrainingListener listener;
    private final StopRequest stop;
    private final RandomStreams streams;
    private final Throughput throughput;
    private final boolean joint;
    private final Stopwatch stopwatch = new Stopwatch();

    /// @param tasks of the plan, with the rows of their images
    public ContinualTrainer(
            TrainingPlan plan,
            List<LearningTask> tasks,
            ContinualMethod method,
            TrainingEngine engine,
            RunCheckpoints checkpoints,
            TrainingListener listener,
            StopRequest stop) {
        this.plan = plan;
        this.tasks = List.copyOf(tasks);
        this.method = method;
        this.engine = engine;
        this.checkpoints = checkpoints;
        this.listener = listener;
        this.stop = stop;
        this.streams = new RandomStreams(plan.seed());
        this.joint = plan.method().info().traits().joint();
        this.throughput =
                new Throughput(this.tasks.stream().mapToLong(this::imagesOf).sum() * epochs());
    }

    /// Runs from the start, or from a checkpoint of the same plan.
    ///
    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file of the checkpoint is damaged
    public TrainingOutcome run(@Nullable StoredCheckpoint from) {
        try (RunState state = from == null ? RunState.start() : RunState.read(from)) {
            state.restore(engine, method, tasks);
            throughput.resume(state.steps(), imagesBefore(state));
            for (LearningTask task : tasks.subList(state.task(), tasks.size())) {
                if (!learn(task, state)) {
                    return new TrainingOutcome.Stopped(true);
                }
            }
            return new TrainingOutcome.Completed();
        } catch (StoppedException stopped) {
            return new TrainingOutcome.Stopped(false);
        } catch (DivergedException diverged) {
            return new TrainingOutcome.Diverged(String.valueOf(diverged.getMessage()));
        }
    }

    /// Learns one task; false if the run stopped at a safe point inside it or after it.
    private boolean learn(LearningTask task, RunState state) {
        listener.on(new TrainingEvent.TaskStarted(task.index(), task.train().length));
        stopwatch.start(state.trainSeconds());
        phase(task, RunPhase.PREPARING);
        long before = method.inferenceNumbers();
        engine.open(task);
        TaskRun run = new TaskRun(engine, task, tasks, streams, state.epoch() > 0, listener);
        TaskRecipe recipe = method.beforeTask(run);
        engine.begin(recipe, plan.training());
        long trainable = engine.trainableParameters();
        if (!train(task, recipe, state)) {
            return false;
        }
        run.learned(engine.finish());
        phase(task, RunPhase.COLLECTING);
        phases(task, run, state);
        evaluate(task, Stage.FINAL, state);
        listener.on(new TrainingEvent.TaskCompleted(
                task.index(),
                stopwatch.trainSeconds(),
                stopwatch.evaluateSeconds(),
                trainable,
                engine.addedParameters() + method.inferenceNumbers() - before,
                method.numbers()));
        phase(task, RunPhase.SAVING);
        state.taskEnd(task.index() + 1, throughput.steps());
        save(state, task, null);
        return stop.ask() == StopRequest.Ask.GO_ON || task.index() == tasks.size() - 1;
    }

    private void phases(LearningTask task, TaskRun run, RunState state) {
        Deque<Phase> waiting = new ArrayDeque<>(stopwatch.training(() -> method.afterTask(run)));
        int number = 0;
        while (!waiting.isEmpty()) {
            Phase phase = waiting.removeFirst();
            number++;
            evaluate(task, phase.before(), state);
            phase(task, phase.shown());
            switch (phase) {
                case Phase.Alignment alignment -> align(task, alignment);
                case Phase.Training training -> run.learned(train(task, training, number));
            }
            waiting.addAll(stopwatch.training(() -> method.afterPhase(run, phase)));
        }
    }

    private SessionResult train(LearningTask task, Phase.Training phase, int number) {
        engine.copy(phase.copy());
        engine.begin(phase.recipe(), phase.training());
        EpochLoop.Stretch stretch = new EpochLoop.Stretch(number, epochs() - 1);
        EpochLoop loop = new EpochLoop(engine, phase.training(), streams, stop, listener, throughput, stretch);
        for (int epoch = 0; epoch < phase.training().epochs(); epoch++) {
            int current = epoch;
            EpochLoop.Epoch done = stopwatch.training(() -> loop.run(task, phase.recipe(), current));
            listener.on(new TrainingEvent.PhaseEpochCompleted(task.index(), phase.shown(), epoch, done.meanLoss()));
        }
        return engine.finish();
    }

    private boolean train(LearningTask task, TaskRecipe recipe, RunState state) {
        TrainingSettings training = plan.training();
        if (training == null || recipe.trains().isEmpty()) {
            return true;
        }
        phase(task, RunPhase.TRAINING);
        state.restoreSession(engine);
        state.close();
        EpochLoop loop = new EpochLoop(engine, training, streams, stop, listener, throughput, EpochLoop.Stretch.TASK);
        for (int epoch = state.epoch(); epoch < training.epochs(); epoch++) {
            int current = epoch;
            EpochLoop.Epoch done = stopwatch.training(() -> loop.run(task, recipe, current));
            listener.on(new TrainingEvent.EpochCompleted(
                    task.index(),
                    epoch,
                    done.steps(),
                    done.seconds(),
                    throughput.share(),
                    throughput.imagesPerSecond()));
            boolean last = epoch == training.epochs() - 1;
            boolean asked = stop.ask() != StopRequest.Ask.GO_ON;
            boolean trainsOn = imagesAfter(task) > 0;
            if (last ? trainsOn : asked || checkpoints.dueAfter(epoch)) {
                state.insideTask(epoch + 1, throughput.steps(), stopwatch.trainSeconds());
                save(state, task, epoch);
            }
            if (asked && (!last || trainsOn)) {
                return false;
            }
        }
        return true;
    }

    private void align(LearningTask task, Phase.Alignment phase) {
        engine.beginPhase(phase);
        int seen = task.firstClass() + task.classCount();
        for (int epoch = 0; epoch < phase.epochs(); epoch++) {
            StoppedException.checkNot(stop);
            int current = epoch;
            long seed = streams.seed(Stream.SAMPLING, task.index(), epoch + 1, 0);
            double[] losses = stopwatch.training(() -> engine.phaseEpoch(phase, current, seed, seen));
            double sum = 0;
            for (double loss : losses) {
                sum += loss;
            }
            if (!Double.isFinite(sum)) {
                throw new DivergedException(
                        "The alignment loss of task %d, epoch %d is not finite, or its heads are too large to compute with."
                                .formatted(task.index() + 1, epoch + 1));
            }
            listener.on(new TrainingEvent.PhaseEpochCompleted(
                    task.index(), phase.shown(), epoch, sum / Math.max(1, losses.length)));
        }
    }

    private void evaluate(LearningTask task, Stage stage, RunState state) {
        boolean last = task.index() == tasks.size() - 1;
        if (!last && (joint || plan.after() == TrainingPlan.EvaluateAfter.LAST_TASK)) {
            return;
        }
        phase(task, RunPhase.EVALUATING);
        List<LearningTask> learned = tasks.subList(0, task.index() + 1);
        measure(task, stage, learned, state, EvaluationData.TEST);
        if (learned.stream().anyMatch(one -> one.validation().length > 0)) {
            measure(task, stage, learned, state, EvaluationData.VALIDATION);
        }
    }

    private void measure(
            LearningTask task, Stage stage, List<LearningTask> learned, RunState state, EvaluationData data) {
        var row = stopwatch.evaluating(() -> engine.evaluate(method.inference(), learned, data));
        state.measured(task, stage, data, row);
        listener.on(new TrainingEvent.Evaluated(task.index(), stage, data, row));
    }

    private void save(RunState state, LearningTask task, @Nullable Integer epoch) {
        boolean finished = epoch == null && (!joint || task.index() == tasks.size() - 1);
        Inference inference = finished ? method.inference() : null;
        ServedModel model = ModelForm.of(engine, plan.input(), tasks, state.task(), inference);
        StoredCheckpoint saved = checkpoints.save(
                state,
                state.bundles(engine, method, tasks),
                plan,
                tasks,
                model,
                engine.adapters().scale());
        listener.on(new TrainingEvent.CheckpointSaved(task.index(), epoch, saved));
    }

    private void phase(LearningTask task, RunPhase phase) {
        listener.on(new TrainingEvent.PhaseStarted(task.index(), phase));
    }

    private int epochs() {
        TrainingSettings training = plan.training();
        return training == null ? 0 : training.epochs();
    }

    /// Images of the phases of training after a task; their end, unlike that of others, is worth a checkpoint before
    /// it.
    private long imagesAfter(LearningTask task) {
        return plan.method().imagesAfterTask(task.firstClass() + task.classCount());
    }

    private long imagesBefore(RunState state) {
        long images = 0;
        for (LearningTask task : tasks.subList(0, state.task())) {
            images += imagesOf(task) * epochs() + imagesAfter(task);
        }
        return state.task() == tasks.size() ? images : images + imagesOf(tasks.get(state.task())) * state.epoch();
    }

    /// Images of an epoch of a task: its own, or those of all tasks in the last; none where nothing trains.
    private long imagesOf(LearningTask task) {
        if (plan.method().trainsFirstTaskOnly() && task.index() > 0) {
            return 0;
        }
        if (!joint) {
            return task.train().length;
        }
        boolean last = task.index() == tasks.size() - 1;
        return last ? tasks.stream().mapToLong(one -> one.train().length).sum() : 0;
    }
}
