package dev.palimpsest.demo;

/// Why the demo could not go on, in a sentence for a person.
final class DemoException extends RuntimeException {

    DemoException(String message) {
        super(message);
    }
}
