package dev.palimpsest.training;

/// One optimiser step as a point of the metric series.
///
/// @param step from 0, over the whole run
/// @param images of the batch
/// @param correct of them, on augmented pixels
public record StepRecord(
        long step,
        double loss,
        double crossEntropy,
        double orthogonality,
        double gradientNorm,
        int correct,
        int images,
        double learningRate) {}
