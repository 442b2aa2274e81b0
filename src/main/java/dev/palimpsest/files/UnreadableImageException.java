package dev.palimpsest.files;

/// A picture that cannot be had; the message names its file and what is wrong.
public final class UnreadableImageException extends RuntimeException {

    public UnreadableImageException(String name, String reason) {
        super(name + ": " + reason);
    }

    public UnreadableImageException(String name, String reason, Throwable cause) {
        super(name + ": " + reason, cause);
    }
}
