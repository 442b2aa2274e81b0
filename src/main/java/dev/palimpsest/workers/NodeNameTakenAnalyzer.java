package dev.palimpsest.workers;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/// Prints the one sentence instead of a stack trace: two workers on one host have the same name by default.
final class NodeNameTakenAnalyzer extends AbstractFailureAnalyzer<NodeNameTakenException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NodeNameTakenException cause) {
        return new FailureAnalysis(String.valueOf(cause.getMessage()), null, cause);
    }
}
