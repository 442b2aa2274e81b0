package dev.palimpsest.jobs;

/// Why this node asked an attempt to stop; what a person asked stands in the state of the job.
public enum StopCause {
    NONE,
    HAND_BACK,
    TIME_LIMIT
}
