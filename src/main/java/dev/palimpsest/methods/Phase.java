package dev.palimpsest.methods;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.metrics.Stage;

/// A further stretch of training that a method asks for after a task; the trainer runs the phases in order.
public sealed interface Phase {

    /// What a run is doing meanwhile.
    RunPhase shown();

    /// The row that is measured right before it.
    Stage before();

    /// The heads train again on samples of class statistics (`docs/methods/lorac-ipc.md` 6.2).
    ///
    /// @param statistics what is sampled
    /// @param samplesPerStep S
    /// @param iterations steps an epoch, J: classes of earlier tasks
    record Alignment(
            ClassStatistics statistics,
            int epochs,
            double learningRate,
            double momentum,
            int samplesPerStep,
            int iterations)
            implements Phase {

        /// Rate in an epoch: a cosine from the first rate to 0.
        public double rate(int epoch) {
            return new Schedule.Cosine(0, 0).rate(learningRate, epoch, epochs);
        }

        @Override
        public RunPhase shown() {
            return RunPhase.ALIGNING;
        }

        @Override
        public Stage before() {
            return Stage.BEFORE_ALIGNMENT;
        }
    }
}
