package dev.palimpsest.results;

import com.fasterxml.jackson.annotation.JsonProperty;

/// Which checkpoints of a job stay when a newer one is there.
public enum Keep {
    @JsonProperty("task_ends")
    TASK_ENDS,
    @JsonProperty("last")
    LAST,
    @JsonProperty("all")
    ALL
}
