package dev.palimpsest.catalogue;

/// The data set or the weights that a job was planned with are gone or have changed.
public final class InputUnavailableException extends RuntimeException {

    /// What is gone.
    public enum Input {
        DATASET,
        BACKBONE,
        CHECKPOINT
    }

    private final Input input;

    public InputUnavailableException(Input input, String message) {
        super(message);
        this.input = input;
    }

    public Input input() {
        return input;
    }
}
