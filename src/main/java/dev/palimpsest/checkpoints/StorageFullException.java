package dev.palimpsest.checkpoints;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Too little space is free to save anything new.
public final class StorageFullException extends RuntimeException {

    StorageFullException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    /// Whether a failed write found the disk, or what its user may have of it, full: the JDK has no type for that.
    public static boolean means(IOException failure) {
        String message = String.valueOf(failure.getMessage());
        return message.contains("No space left on device") || message.contains("Disk quota exceeded");
    }
}
