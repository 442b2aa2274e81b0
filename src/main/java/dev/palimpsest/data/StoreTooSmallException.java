package dev.palimpsest.data;

/// The pictures of a task do not fit into the store that may hold them; the message says what to change.
public final class StoreTooSmallException extends IllegalArgumentException {

    StoreTooSmallException(String message) {
        super(message);
    }
}
