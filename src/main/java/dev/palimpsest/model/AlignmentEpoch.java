package dev.palimpsest.model;

import java.util.List;

/// One epoch of classifier alignment in numbers.
///
/// @param perStep samples of a step (S)
/// @param iterations steps (J)
/// @param seenClasses classes learned so far; the others have no score
/// @param weightDecay added to the gradient, times the weights
/// @param temperature of scores divided by their length; 0 for the scores themselves
/// @param heads classes of each head, read where there is a temperature; together all seen ones
public record AlignmentEpoch(
        long perStep,
        long iterations,
        long seed,
        long seenClasses,
        double learningRate,
        double momentum,
        double weightDecay,
        double temperature,
        List<ClassRange> heads) {

    public AlignmentEpoch {
        heads = List.copyOf(heads);
    }

    /// Plain SGD with momentum on the scores themselves.
    public AlignmentEpoch(
            long perStep, long iterations, long seed, long seenClasses, double learningRate, double momentum) {
        this(perStep, iterations, seed, seenClasses, learningRate, momentum, 0, 0, List.of());
    }

    /// How many classes each head has.
    long[] headSizes() {
        return heads.stream().mapToLong(ClassRange::count).toArray();
    }
}
