package dev.palimpsest.training;

import dev.palimpsest.model.StepTally;

/// A loss that is not finite, or weights that will make it so.
final class DivergedException extends RuntimeException {

    DivergedException(String message) {
        super(message, null, false, false);
    }

    /// Task, epoch and step count from 0 here and from 1 in the message.
    static DivergedException in(int task, int epoch, int step, StepTally tally) {
        boolean finite = Double.isFinite(tally.loss()) && Double.isFinite(tally.gradientNorm());
        return new DivergedException("%s of task %d, epoch %d, step %d %s."
                .formatted(
                        finite ? "The weights" : "The loss",
                        task + 1,
                        epoch + 1,
                        step + 1,
                        finite ? "are too large to compute with; a lower learning rate helps" : "is not finite"));
    }
}
