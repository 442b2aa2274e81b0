package dev.palimpsest.training;

import java.util.function.Supplier;

/// Wall time of one task: what changes the model, and measuring (`docs/metrics.md` 7).
final class Stopwatch {

    private long training;
    private long evaluating;

    /// Begins a task.
    ///
    /// @param trained seconds that the task had before this attempt
    void start(double trained) {
        training = Math.round(trained * 1e9);
        evaluating = 0;
    }

    void training(Runnable work) {
        long start = System.nanoTime();
        work.run();
        training += System.nanoTime() - start;
    }

    <T> T training(Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        training += System.nanoTime() - start;
        return result;
    }

    <T> T evaluating(Supplier<T> work) {
        long start = System.nanoTime();
        T result = work.get();
        evaluating += System.nanoTime() - start;
        return result;
    }

    double trainSeconds() {
        return training / 1e9;
    }

    double evaluateSeconds() {
        return evaluating / 1e9;
    }
}
