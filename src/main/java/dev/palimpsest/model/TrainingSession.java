package dev.palimpsest.model;

import dev.palimpsest.torch.TensorBundle;
import java.util.List;

/// Everything that trains during one task, with its optimiser; made at the task's start, closed at its end.
public sealed interface TrainingSession extends AutoCloseable permits AdapterSession, FullSession {

    /// Sets the epoch's order: rows of the session's images.
    void order(long[] rows);

    /// Optimiser steps on the images from `position` on of the order, one batch after the other, by one native call:
    /// the host waits for the device once.
    ///
    /// @param batch images of a step
    /// @param end of the order: a step before it takes what is left
    /// @param seeds of the augmentation, as many as steps
    /// @param rates learning rate of adapters, past coefficients and heads
    /// @param collect whether importance is collected
    List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates rates, boolean collect);

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
