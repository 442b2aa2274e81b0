package dev.palimpsest.training;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Where a run stands and everything it needs to go on from there: what a checkpoint holds
/// (`docs/decisions/0014-checkpoint-format-1.md`).
///
/// The bundles are those at the start of the task that `task` names, `optimizer` apart: it holds what trains
/// in it.
final class RunState {

    static final String METHOD = "method";
    static final String OPTIMIZER = "optimizer";

    /// A measured row, as the manifest keeps it.
    record Row(int task, Stage stage, EvaluationData data, MeasuredRow counts) {}

    private final List<Row> rows = new ArrayList<>();
    private Map<String, TensorBundle> bundles = new LinkedHashMap<>();
    private int task;
    private int epoch;
    private long steps;

    private RunState() {}

    static RunState start() {
        return new RunState();
    }

    /// Reads a checkpoint of this run.
    ///
    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file is damaged
    static RunState read(StoredCheckpoint checkpoint) {
        RunState state = new RunState();
        state.task = ManifestForm.task(checkpoint.manifest());
        state.epoch = ManifestForm.epoch(checkpoint.manifest());
        state.steps = checkpoint.manifest().step();
        state.rows.addAll(ManifestForm.rows(checkpoint.manifest()));
        for (StoredFile file : checkpoint.manifest().files()) {
            try (Safetensors tensors = Safetensors.open(checkpoint.file(file.name()))) {
                state.bundles.put(file.name().replace(".safetensors", ""), tensors.readAll());
            }
        }
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

    List<Row> rows() {
        return List.copyOf(rows);
    }

    Map<String, TensorBundle> bundles() {
        return bundles;
    }

    /// Puts network and method where the checkpoint was taken.
    void restore(TrainingEngine engine, ContinualMethod method, List<LearningTask> tasks) {
        if (bundles.isEmpty()) {
            return;
        }
        engine.restore(bundles, method, tasks.subList(0, task));
    }

    /// Moments and steps, when the checkpoint was taken inside the task.
    void restoreSession(TrainingEngine engine) {
        TensorBundle optimizer = bundles.get(OPTIMIZER);
        if (epoch > 0 && optimizer != null) {
            engine.restoreSession(optimizer);
        }
    }

    /// The state inside the task that is being trained.
    ///
    /// @param nextEpoch of this task
    void insideTask(TrainingEngine engine, int nextEpoch, long stepsDone) {
        epoch = nextEpoch;
        steps = stepsDone;
        bundles.put(OPTIMIZER, engine.saveSession());
    }

    /// The state after a task.
    void taskEnd(TrainingEngine engine, ContinualMethod method, List<LearningTask> learned, long stepsDone) {
        bundles = new LinkedHashMap<>(engine.save(learned));
        bundles.put(METHOD, method.save());
        task = learned.size();
        epoch = 0;
        steps = stepsDone;
    }

    void measured(LearningTask after, Stage stage, EvaluationData data, MeasuredRow counts) {
        rows.add(new Row(after.index(), stage, data, counts));
    }
}
