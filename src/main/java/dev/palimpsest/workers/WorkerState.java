package dev.palimpsest.workers;

import java.util.Locale;

/// Whether a worker is there; derived from when it was last seen.
public enum WorkerState {
    ONLINE,
    /// Takes nothing new and hands back what it runs.
    DRAINING,
    LOST,
    STOPPED;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
