package dev.palimpsest.experiments;

import dev.palimpsest.jobs.StatusReason;

/// The data set or the weights that a job was planned with are gone or have changed.
final class InputUnavailableException extends RuntimeException {

    private final StatusReason reason;

    InputUnavailableException(StatusReason reason, String message) {
        super(message);
        this.reason = reason;
    }

    StatusReason reason() {
        return reason;
    }
}
