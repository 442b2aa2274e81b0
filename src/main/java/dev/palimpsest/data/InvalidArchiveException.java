package dev.palimpsest.data;

/// A folder or archive that is no data set of the stated layout; the message names the entry.
public final class InvalidArchiveException extends RuntimeException {

    InvalidArchiveException(String message) {
        super(message);
    }

    InvalidArchiveException(String message, Throwable cause) {
        super(message, cause);
    }
}
