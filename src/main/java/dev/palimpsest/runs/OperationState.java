package dev.palimpsest.runs;

import java.util.Locale;

/// Where queued work that is not training stands.
public enum OperationState {
    QUEUED,
    RUNNING,
    SUCCEEDED,
    FAILED;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
