package dev.palimpsest.metrics;

import java.util.Locale;

/// When an image counts as right. All are counted from the same logits, each into its own matrix.
public enum Measure {
    /// The highest score among all classes learned so far is the image's class.
    TOP1,
    /// The image's class is among the five highest of those.
    TOP5,
    /// The highest score among the classes of the image's own task is its class: an upper bound.
    TASK_KNOWN,
    /// The class with the highest score belongs to the image's task.
    TASK_ID,
    /// The method's own decision which task the image is from is right.
    INFERRED_TASK;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The measure that the wire calls so.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Measure named(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }

    /// Where tasks share their labels there is no class that names a task.
    boolean needsOwnLabels() {
        return this == TASK_KNOWN || this == TASK_ID;
    }
}
