package dev.palimpsest.http;

import java.io.IOException;

/// A JSON body is longer than is read.
final class BodyTooLargeException extends IOException {

    BodyTooLargeException(long limit) {
        super("A JSON body may have %d bytes (palimpsest.limits.json-size).".formatted(limit));
    }
}
