package dev.palimpsest.metrics;

import java.util.Locale;

/// Why a number does not exist. Absent is never zero.
public enum NullReason {
    NOT_MEASURED,
    NEEDS_TWO_TASKS,
    NEEDS_FUTURE_CELLS,
    UNSEEN_CLASSES_MASKED,
    NEEDS_REFERENCE,
    LABELS_SHARED,
    NOT_MADE_BY_METHOD,
    NOT_AVAILABLE_ON_DEVICE,
    NEEDS_TWO_VALUES,
    REFERENCE_IS_ZERO;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
