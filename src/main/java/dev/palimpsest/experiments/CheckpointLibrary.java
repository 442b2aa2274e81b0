package dev.palimpsest.experiments;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Service;

/// The checkpoints of all jobs: list, open, verify, keep what is to be kept.
@Service
public class CheckpointLibrary {

    /// The newest good checkpoint that the next attempt at a job begins with: its own, else that of the job it retries.
    public Optional<StoredCheckpoint> newest(UUID jobId) {
        return Optional.empty();
    }
}
