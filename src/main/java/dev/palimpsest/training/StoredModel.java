package dev.palimpsest.training;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import java.util.List;
import java.util.Optional;

/// A checkpoint as a model that can be measured. Nothing is trained and nothing is saved.
public final class StoredModel {

    private final StoredCheckpoint checkpoint;
    private final List<LearningTask> tasks;

    /// @param tasks of the plan in order; those that the checkpoint has learned are measured on their test
    ///     images, and one that has none gets no count
    public StoredModel(StoredCheckpoint checkpoint, List<LearningTask> tasks) {
        this.checkpoint = checkpoint;
        this.tasks = List.copyOf(tasks);
    }

    /// Counts of the tasks learned, by an engine and a method that have done nothing yet.
    ///
    /// @param batchSize images that vote together where the protocol says so
    /// @return empty if the engine was asked to stop
    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file of the checkpoint is damaged
    public Optional<MeasuredRow> evaluate(
            TrainingEngine engine, ContinualMethod method, EvaluationProtocol protocol, int batchSize) {
        try (RunState state = RunState.read(checkpoint)) {
            state.restore(engine, method, tasks);
            Inference inference = protocol.of(method.inference(), batchSize);
            return Optional.of(engine.evaluate(inference, tasks.subList(0, state.task()), EvaluationData.TEST));
        } catch (StoppedException stopped) {
            return Optional.empty();
        }
    }
}
