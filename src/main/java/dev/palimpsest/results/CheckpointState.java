package dev.palimpsest.results;

import java.util.Locale;

/// Whether a checkpoint can be used. One that is being written has no row, one that was removed has none any
/// more.
public enum CheckpointState {
    READY,
    /// A file is not the one that was written.
    CORRUPT;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
