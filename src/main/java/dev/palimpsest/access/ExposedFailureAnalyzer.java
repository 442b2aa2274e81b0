package dev.palimpsest.access;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Prints the one sentence instead of a stack trace.
final class ExposedFailureAnalyzer extends AbstractFailureAnalyzer<ExposedException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, ExposedException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), null, cause);
    }
}
