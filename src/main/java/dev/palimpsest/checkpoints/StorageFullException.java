package dev.palimpsest.checkpoints;

import org.jspecify.annotations.Nullable;

/// Too little space is free to save anything new.
public final class StorageFullException extends RuntimeException {

    StorageFullException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
