package dev.palimpsest.experiments;

import java.util.Locale;

/// Which images a row was measured on.
public enum EvaluationData {
    TEST,
    /// Training images that were kept away from training.
    VALIDATION;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
