package dev.palimpsest.checkpoints;

/// There is no complete checkpoint under a key.
public final class CheckpointMissingException extends RuntimeException {

    CheckpointMissingException(CheckpointKey key) {
        super("there is no checkpoint " + key);
    }
}
