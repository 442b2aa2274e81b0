package dev.palimpsest.model;

import dev.palimpsest.torch.TensorBundle;

/// Everything that trains during one task, with its optimiser; made at the task's start, closed at its end.
public sealed interface TrainingSession extends AutoCloseable permits AdapterSession, FullSession {

    /// Sets the epoch's order: rows of the session's images.
    void order(long[] rows);

    /// One optimiser step on the images at `position .. position + count` of the order: one native call.
    ///
    /// @param seed of this step's augmentation
    /// @param rates learning rate of adapters, past coefficients and heads
    /// @param collect whether importance is collected in this step
    StepTally step(int position, int count, long seed, StepRates rates, boolean collect);

    /// Writes what was learned back into the network.
    SessionResult finish();

    /// Moments, steps and what the step collects, to go on from inside a task.
    TensorBundle save();

    void restore(TensorBundle saved);

    /// Scalars that receive a gradient.
    long trainableParameters();

    @Override
    void close();
}
