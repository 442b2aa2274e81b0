package dev.palimpsest.training;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where a run stands and everything it needs to go on from there: what a checkpoint holds
/// (`docs/decisions/0014-checkpoint-format-1.md`).
///
/// A state that was read keeps its files open until it is closed; what is in them is read when it is restored.
final class RunState implements AutoCloseable {

    /// A measured row, as the manifest keeps it.
    record Row(int task, Stage stage, EvaluationData data, MeasuredRow counts) {}

    private final List<Row> rows = new ArrayList<>();
    private final SavedTensors saved;
    private int task;
    private int epoch;
    private long steps;
    private double trainSeconds;

    private RunState(SavedTensors saved) {
        this.saved = saved;
    }

    static RunState start() {
        return new RunState(SavedTensors.none());
    }

    /// Reads a checkpoint of this run.
    ///
    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file is damaged
    /// @throws dev.palimpsest.torch.InvalidSafetensorsException if the model holds a value that is not finite
    static RunState read(StoredCheckpoint checkpoint) {
        RunState state = new RunState(SavedTensors.read(checkpoint));
        state.task = ManifestForm.task(checkpoint.manifest());
        state.epoch = ManifestForm.epoch(checkpoint.manifest());
        state.steps = checkpoint.manifest().step();
        state.trainSeconds = ManifestForm.trainSeconds(checkpoint.manifest());
        state.rows.addAll(ManifestForm.rows(checkpoint.manifest()));
        return state;
    }

    /// The task to go on with, from 0; the number of tasks after the last.
    int task() {
        return task;
    }

    /// The epoch of that task to go on with.
    int epoch() {
        return epoch;
    }

    long steps() {
        return steps;
    }

    /// Seconds of training so far in the task to go on with.
    double trainSeconds() {
        return trainSeconds;
    }

    List<Row> rows() {
        return List.copyOf(rows);
    }

    /// Puts network and method where the checkpoint was taken.
    void restore(TrainingEngine engine, ContinualMethod method, List<LearningTask> tasks) {
        if (saved.files().isEmpty()) {
            return;
        }
        engine.restore(saved.files(), method, tasks.subList(0, task));
    }

    /// Moments and steps, when the checkpoint was taken inside the task.
    void restoreSession(TrainingEngine engine) {
        TensorBundle optimizer = saved.file(SavedTensors.OPTIMIZER);
        if (epoch > 0 && !optimizer.isEmpty()) {
            engine.restoreSession(optimizer);
        }
    }

    /// What a checkpoint of this state holds, by file: the model and the method as they were at the start of the task
    /// to go on with, nothing before the first, and inside a task what trains in it. It is written at once.
    Map<String, TensorBundle> bundles(TrainingEngine engine, ContinualMethod method, List<LearningTask> tasks) {
        Map<String, TensorBundle> bundles = new LinkedHashMap<>();
        if (task > 0) {
            bundles.putAll(engine.save(tasks.subList(0, task)));
            bundles.put(SavedTensors.METHOD, method.save());
        }
        if (epoch > 0) {
            bundles.put(SavedTensors.OPTIMIZER, engine.saveSession());
        }
        return bundles;
    }

    /// The state inside the task that is being trained.
    ///
    /// @param nextEpoch of this task
    /// @param trained seconds of training so far in this task
    void insideTask(int nextEpoch, long stepsDone, double trained) {
        epoch = nextEpoch;
        steps = stepsDone;
        trainSeconds = trained;
    }

    /// The state after a task.
    ///
    /// @param tasksDone how many tasks are learned
    void taskEnd(int tasksDone, long stepsDone) {
        task = tasksDone;
        epoch = 0;
        steps = stepsDone;
        trainSeconds = 0;
    }

    void measured(LearningTask after, Stage stage, EvaluationData data, MeasuredRow counts) {
        rows.add(new Row(after.index(), stage, data, counts.withoutPredictions()));
    }

    @Override
    public void close() {
        saved.close();
    }
}
