package dev.palimpsest.model;

/// One epoch of classifier alignment in numbers.
///
/// @param perStep samples of a step (S)
/// @param iterations steps (J)
/// @param seenClasses classes learned so far; the others have no score
public record AlignmentEpoch(
        long perStep, long iterations, long seed, long seenClasses, double learningRate, double momentum) {}
