package dev.palimpsest.jobs;

import jakarta.persistence.Embeddable;
import org.jspecify.annotations.Nullable;

/// How far an attempt has come; tasks, epochs and steps count from 1.
///
/// @param step steps of the job so far, over all its tasks
/// @param percent 0 to 100; a job says 100 only when it has succeeded
/// @param imagesPerSecond of the recent past; empty before the first measurement
@Embeddable
public record Progress(
        int task,
        int taskCount,
        int epoch,
        int epochCount,
        long step,
        double percent,
        @Nullable Double imagesPerSecond) {

    public Progress {
        if (!(percent >= 0 && percent <= 100)) {
            throw new IllegalArgumentException("percent must be in 0..100, got " + percent);
        }
    }

    Progress complete() {
        return new Progress(task, taskCount, epoch, epochCount, step, 100, imagesPerSecond);
    }
}
