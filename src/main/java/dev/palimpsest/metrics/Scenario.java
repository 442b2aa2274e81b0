package dev.palimpsest.metrics;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/// Whether tasks bring classes or domains. The plan says it; nothing infers it from tasks or counts, which look
/// alike while there is a single task.
public enum Scenario {
    @JsonProperty("class_incremental")
    CLASS_INCREMENTAL,
    @JsonProperty("domain_incremental")
    DOMAIN_INCREMENTAL;

    /// Whether all tasks have the same classes, so that no class names a task.
    public boolean sharesLabels() {
        return switch (this) {
            case CLASS_INCREMENTAL -> false;
            case DOMAIN_INCREMENTAL -> true;
        };
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The scenario that the wire calls so.
    ///
    /// @throws IllegalArgumentException if there is none
    public static Scenario named(String wireName) {
        return valueOf(wireName.toUpperCase(Locale.ROOT));
    }
}
