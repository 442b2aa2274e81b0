package dev.palimpsest.torch;

/// A file is no valid safetensors file, or does not hold what is asked for. The message names file and
/// tensor.
public final class InvalidSafetensorsException extends RuntimeException {
    InvalidSafetensorsException(String message) {
        super(message);
    }
}
