package dev.palimpsest.model;

import java.util.ArrayList;
import java.util.List;

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

    private static final int NUMBERS = 6;

    /// Tallies of steps one after the other, six numbers each.
    static List<StepTally> of(double[] values) {
        List<StepTally> tallies = new ArrayList<>();
        for (int at = 0; at < values.length; at += NUMBERS) {
            int correct = (int) Math.round(values[at + 4]);
            boolean nonFinite = values[at + 5] != 0;
            tallies.add(new StepTally(values[at], values[at + 1], values[at + 2], values[at + 3], correct, nonFinite));
        }
        return tallies;
    }
}
