package dev.palimpsest.checkpoints;

import java.io.IOException;

/// The storage did not do what it was asked for; another try later may work.
public final class CheckpointStorageException extends RuntimeException {

    private CheckpointStorageException(String what, IOException cause) {
        super("could not %s: %s".formatted(what, cause), cause);
    }

    /// A full disk has its own exception: what is to be done about it is another thing.
    public static RuntimeException of(String what, IOException cause) {
        return StorageFullException.means(cause)
                ? new StorageFullException("could not %s: %s".formatted(what, cause.getMessage()), cause)
                : new CheckpointStorageException(what, cause);
    }
}
