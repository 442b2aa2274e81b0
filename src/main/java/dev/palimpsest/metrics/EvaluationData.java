package dev.palimpsest.metrics;

import java.util.Locale;

/// Which images a row was measured on.
public enum EvaluationData {
    TEST,
    /// Training images that were kept away from training.
    VALIDATION;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The images that the wire calls so.
    ///
    /// @throws IllegalArgumentException if there are none
    public static EvaluationData named(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
