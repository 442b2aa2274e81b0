package dev.palimpsest.jobs;

import java.util.Locale;

/// How much an event matters to a person.
public enum EventLevel {
    INFO,
    WARNING,
    ERROR;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
