package dev.palimpsest.catalogue;

import java.util.Locale;

/// Where a data set stands.
public enum DatasetState {
    CHECKING,
    READY,
    /// May be posted again under its id.
    INVALID,
    /// Its file is gone or has changed.
    UNAVAILABLE;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
