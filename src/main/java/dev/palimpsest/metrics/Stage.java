package dev.palimpsest.metrics;

import java.util.Locale;

/// On which state of the model a row was measured, where a method changes it after training a task.
///
/// The stages have matrices of their own and are never mixed in one formula.
public enum Stage {
    BEFORE_ALIGNMENT,
    BEFORE_FEW_SHOT,
    FINAL;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
