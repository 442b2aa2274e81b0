package dev.palimpsest.model;

/// Learning rates of one step.
public record StepRates(double adapters, double pastCoefficients, double heads) {}
