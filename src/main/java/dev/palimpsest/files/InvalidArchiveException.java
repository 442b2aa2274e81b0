package dev.palimpsest.files;

/// A folder or archive that is no data set of the stated layout; the message names the entry.
public final class InvalidArchiveException extends RuntimeException {

    public InvalidArchiveException(String message) {
        super(message);
    }

    public InvalidArchiveException(String message, Throwable cause) {
        super(message, cause);
    }
}
