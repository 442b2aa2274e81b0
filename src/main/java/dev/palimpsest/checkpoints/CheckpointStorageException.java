package dev.palimpsest.checkpoints;

import java.io.IOException;

/// The storage did not do what it was asked for; another try later may work.
public final class CheckpointStorageException extends RuntimeException {

    private CheckpointStorageException(String what, IOException cause) {
        super("could not %s: %s".formatted(what, cause), cause);
    }

    /// A full disk has its own exception: trying again there is of no use.
    static RuntimeException of(String what, IOException cause) {
        var message = String.valueOf(cause.getMessage());
        return message.contains("No space left on device") || message.contains("Disk quota exceeded")
                ? new StorageFullException("could not %s: %s".formatted(what, message), cause)
                : new CheckpointStorageException(what, cause);
    }
}
