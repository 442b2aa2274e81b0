package dev.palimpsest.workers;

import java.util.Optional;

/// **Port**: whether this node could store what its jobs save.
public interface StorageProbe {

    /// What is in the way, as one sentence for the log; empty if nothing is. Asked every few seconds and
    /// before each start.
    Optional<String> shortage();
}
