package dev.palimpsest.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Locale;

/// Whether tasks bring classes or domains.
public enum Scenario {
    @JsonProperty("class_incremental")
    CLASS_INCREMENTAL,
    @JsonProperty("domain_incremental")
    DOMAIN_INCREMENTAL;

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
