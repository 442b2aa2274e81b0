package dev.palimpsest.results;

import java.util.UUID;

/// **Port**: knows which merge is being written.
public interface MergeDrafts {

    /// Whether this attempt at a merge still runs.
    boolean writing(UUID mergeId, int attempt);
}
