package dev.palimpsest.checkpoints;

import java.util.regex.Pattern;

/// Where a checkpoint lies: `<job>/<attempt>/<checkpoint id>`, so that a late writer of an older attempt
/// cannot overwrite anything.
public record CheckpointKey(String jobId, int attempt, String checkpointId) implements Comparable<CheckpointKey> {

    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");

    public CheckpointKey {
        checkId("job id", jobId);
        checkId("checkpoint id", checkpointId);
        if (attempt < 1) {
            throw new IllegalArgumentException("attempt must be at least 1, got " + attempt);
        }
    }

    static boolean validId(String id) {
        return ID.matcher(id).matches();
    }

    private static void checkId(String what, String id) {
        if (!validId(id)) {
            throw new IllegalArgumentException("%s must match %s, got '%s'".formatted(what, ID, id));
        }
    }

    /// By attempt, then by id; ids are made in the order of time.
    @Override
    public int compareTo(CheckpointKey other) {
        if (!jobId.equals(other.jobId)) {
            return jobId.compareTo(other.jobId);
        }
        return attempt == other.attempt
                ? checkpointId.compareTo(other.checkpointId)
                : Integer.compare(attempt, other.attempt);
    }

    @Override
    public String toString() {
        return jobId + "/" + attempt + "/" + checkpointId;
    }
}
