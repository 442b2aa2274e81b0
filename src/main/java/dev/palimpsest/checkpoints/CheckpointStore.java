package dev.palimpsest.checkpoints;

import java.util.List;
import java.util.function.Predicate;

/// **Port**: keeps checkpoints. What is listed is complete; what is being written is not listed.
///
/// Any thread may call. Failures of the storage itself are [CheckpointStorageException].
public interface CheckpointStore {

    /// Starts a checkpoint. Close the draft in any case: what is not finished is removed.
    ///
    /// @throws StorageFullException if too little space is free
    /// @throws IllegalStateException if the checkpoint exists
    CheckpointDraft begin(CheckpointKey key);

    /// Opens a complete checkpoint; its files are verified when they are read.
    ///
    /// @throws CheckpointMissingException if there is none under the key
    /// @throws CheckpointCorruptException if its manifest is damaged
    StoredCheckpoint open(CheckpointKey key);

    /// The complete checkpoints of a job, oldest first.
    List<CheckpointKey> list(String jobId);

    /// Removes a checkpoint; one that is gone already is no failure.
    void delete(CheckpointKey key);

    /// Removes drafts that were left behind, by a killed process for instance.
    ///
    /// @param abandoned says of a draft's key that nobody writes it any more
    /// @return how many were removed
    int removeDrafts(Predicate<CheckpointKey> abandoned);
}
