package dev.palimpsest.training;

import org.jspecify.annotations.Nullable;

/// How far a run is and how fast: images a second over its optimiser steps.
final class Throughput {

    /// Steps of an attempt that are left out of the rate, and how many must follow before there is one.
    private static final int WARM_UP = 10;

    private final long planned;
    private long images;
    private long steps;
    private int timed;
    private long timedImages;
    private long timedNanos;

    /// @param planned images of all tasks times their epochs
    Throughput(long planned) {
        this.planned = planned;
    }

    /// Goes on from a checkpoint.
    void resume(long stepsDone, long imagesDone) {
        steps = stepsDone;
        images = imagesDone;
    }

    void step(int count, long nanos) {
        steps++;
        images += count;
        if (++timed > WARM_UP) {
            timedImages += count;
            timedNanos += nanos;
        }
    }

    /// Steps of the run so far.
    long steps() {
        return steps;
    }

    double share() {
        return planned == 0 ? 0 : (double) images / planned;
    }

    @Nullable
    Double imagesPerSecond() {
        return timed < 2 * WARM_UP ? null : timedImages * 1e9 / timedNanos;
    }
}
