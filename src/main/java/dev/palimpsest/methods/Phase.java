package dev.palimpsest.methods;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.ClassRange;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A further stretch of training that a method asks for after a task; the trainer runs the phases in order.
public sealed interface Phase {

    /// What a run is doing meanwhile.
    RunPhase shown();

    /// The row that is measured right before it.
    Stage before();

    /// A training of its own on named images, on a copy of the network: as a task's, with its own epochs, batches and
    /// optimiser, and with draws of its own.
    ///
    /// @param recipe above the copy's weights; its view knows the copy's adapter alone
    record Training(RunPhase shown, Stage before, NetworkCopy copy, TaskRecipe recipe, TrainingSettings training)
            implements Phase {}

    /// The heads train again on samples of class statistics (`docs/methods/lorac-ipc.md` 6.2).
    ///
    /// @param statistics what is sampled
    /// @param samplesPerStep S
    /// @param iterations steps an epoch, J
    /// @param form what else a step is made of
    record Alignment(
            ClassStatistics statistics,
            int epochs,
            double learningRate,
            double momentum,
            int samplesPerStep,
            int iterations,
            Form form)
            implements Phase {

        /// What may be added to a step (`docs/methods/inflora.md` 6).
        ///
        /// @param weightDecay added to the gradient of the heads, times the weights
        /// @param shrinkMeans whether the means of older tasks' classes are drawn nearer to zero
        /// @param temperature of scores divided by their length, or null for the scores themselves
        /// @param heads classes of each head; read where there is a temperature
        public record Form(
                double weightDecay,
                boolean shrinkMeans,
                @Nullable Double temperature,
                List<ClassRange> heads) {
            public static final Form PLAIN = new Form(0, false, null, List.of());

            public Form {
                heads = List.copyOf(heads);
            }
        }

        /// Nothing is added.
        public Alignment(
                ClassStatistics statistics,
                int epochs,
                double learningRate,
                double momentum,
                int samplesPerStep,
                int iterations) {
            this(statistics, epochs, learningRate, momentum, samplesPerStep, iterations, Form.PLAIN);
        }

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
