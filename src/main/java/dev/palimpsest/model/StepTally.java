package dev.palimpsest.model;

/// What one optimiser step tells.
///
/// @param crossEntropy mean over the batch, nats
/// @param orthogonality the weighted term
/// @param gradientNorm global L2 norm before clipping
/// @param correct images whose class scored highest among the classes in scope
/// @param nonFinite whether loss or gradient of this step or one before is not finite, or the update left
///     weights too large to compute with in fp32
public record StepTally(
        double crossEntropy, double orthogonality, double loss, double gradientNorm, int correct, boolean nonFinite) {

    static StepTally of(double[] values) {
        return new StepTally(values[0], values[1], values[2], values[3], (int) Math.round(values[4]), values[5] != 0);
    }
}
