package dev.palimpsest.training;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.methods.RunPhase;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What happens in a run. Tasks, epochs and steps count from 0.
public sealed interface TrainingEvent {

    record TaskStarted(int task, int trainImages) implements TrainingEvent {}

    record PhaseStarted(int task, RunPhase phase) implements TrainingEvent {}

    /// Something a person should know of a task that is learned all the same.
    ///
    /// @param code in snake_case
    /// @param setting what it is about, the way to it in the request
    record Warned(int task, String code, String setting, String text) implements TrainingEvent {}

    /// At most once a second while a task is trained.
    ///
    /// @param share of the planned training images that were consumed, 0..1
    /// @param imagesPerSecond null until the first steps have warmed up
    record Progressed(
            int task,
            int epoch,
            long step,
            double share,
            @Nullable Double imagesPerSecond) implements TrainingEvent {}

    /// One pass over the images of a task.
    ///
    /// @param seconds wall time of the epoch's steps
    /// @param imagesPerSecond as in [Progressed]
    record EpochCompleted(
            int task,
            int epoch,
            List<StepRecord> steps,
            double seconds,
            double share,
            @Nullable Double imagesPerSecond) implements TrainingEvent {}

    /// One epoch of a phase after training.
    ///
    /// @param loss mean over its steps, nats
    record PhaseEpochCompleted(int task, RunPhase phase, int epoch, double loss) implements TrainingEvent {}

    /// One row of counts.
    ///
    /// @param row tasks up to this one
    record Evaluated(int task, Stage stage, EvaluationData data, MeasuredRow row) implements TrainingEvent {}

    /// A task is learned and measured.
    ///
    /// @param trainSeconds wall time of what changed the model: collecting, training, aligning
    /// @param numbers of the method, `frozen_sites` for instance
    record TaskCompleted(
            int task,
            double trainSeconds,
            double evaluateSeconds,
            long trainableParameters,
            long addedParameters,
            Map<String, Double> numbers)
            implements TrainingEvent {}

    record CheckpointSaved(int task, @Nullable Integer epoch, StoredCheckpoint checkpoint) implements TrainingEvent {}
}
