package dev.palimpsest.training;

import java.util.Map;

/// One optimiser step as a point of the metric series.
///
/// @param step from 0, over the whole run
/// @param terms of the loss by name, see [dev.palimpsest.model.StepTally]
/// @param images of the batch
/// @param correct of them, on augmented pixels
public record StepRecord(
        long step,
        double loss,
        Map<String, Double> terms,
        double gradientNorm,
        int correct,
        int images,
        double learningRate) {}
