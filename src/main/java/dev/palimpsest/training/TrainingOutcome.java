package dev.palimpsest.training;

/// How a run ended.
public sealed interface TrainingOutcome {

    record Completed() implements TrainingOutcome {}

    /// The run was asked to stop.
    ///
    /// @param saved whether the state at the stop is in a checkpoint
    record Stopped(boolean saved) implements TrainingOutcome {}

    /// The loss became non-finite; the last checkpoint is good.
    record Diverged(String message) implements TrainingOutcome {}
}
