package dev.palimpsest.checkpoints;

/// A file of a checkpoint is not the one that was written. Such a checkpoint is never served or resumed from.
public final class CheckpointCorruptException extends RuntimeException {

    private final String file;

    CheckpointCorruptException(CheckpointKey key, String file, String how) {
        super("checkpoint %s is corrupt: %s: %s".formatted(key, file, how));
        this.file = file;
    }

    CheckpointCorruptException(CheckpointKey key, String file, Throwable cause) {
        super("checkpoint %s is corrupt: %s: %s".formatted(key, file, cause.getMessage()), cause);
        this.file = file;
    }

    /// The file that is damaged.
    public String file() {
        return file;
    }
}
