package dev.palimpsest.catalogue;

import java.util.Locale;

/// Where registered weights stand.
public enum BackboneState {
    VERIFYING,
    READY,
    MISSING,
    CORRUPT;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
