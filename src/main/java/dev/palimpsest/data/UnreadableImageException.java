package dev.palimpsest.data;

/// A picture that cannot be had; the message names its file and what is wrong.
public final class UnreadableImageException extends RuntimeException {

    UnreadableImageException(String name, String reason) {
        super(name + ": " + reason);
    }

    UnreadableImageException(String name, String reason, Throwable cause) {
        super(name + ": " + reason, cause);
    }
}
