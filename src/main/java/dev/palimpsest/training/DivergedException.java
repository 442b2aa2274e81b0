package dev.palimpsest.training;

/// A loss that is not finite.
final class DivergedException extends RuntimeException {

    DivergedException(String message) {
        super(message, null, false, false);
    }
}
