package dev.palimpsest.methods;

import dev.palimpsest.memory.ClassStatistics;

/// A further stretch of training that a method asks for after a task. The one kind so far: the heads are
/// trained again on samples of class statistics (`docs/methods/lorac-ipc.md` 6.2).
///
/// @param statistics what is sampled
/// @param samplesPerStep S
/// @param iterations steps an epoch, J: classes of earlier tasks
public record Phase(
        ClassStatistics statistics,
        int epochs,
        double learningRate,
        double momentum,
        int samplesPerStep,
        int iterations) {

    /// Rate in an epoch: a cosine from the first rate to 0.
    public double rate(int epoch) {
        return new Schedule.Cosine(0, 0).rate(learningRate, epoch, epochs);
    }
}
