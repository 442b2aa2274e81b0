package dev.palimpsest.jobs;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What is needed to put a job into the queue.
///
/// @param ordinal place of the job within its experiment, from 0
/// @param owner who asked for it, as `local`, `key:8f3kq2xz` or the subject of a token
/// @param pool kind of device it needs, `cuda` or `cpu`
/// @param priority -100 to 100, higher first
/// @param precision as asked; `auto` until the first attempt has decided
/// @param payload JSON that only the handler understands
/// @param maxFailures how many lost or failed attempts end the job
/// @param maxSeconds limit of device time over all attempts; empty for none
public record NewJob(
        UUID experimentId,
        int ordinal,
        String name,
        String owner,
        String pool,
        int priority,
        long seed,
        String precision,
        String fingerprint,
        String payload,
        int maxFailures,
        @Nullable Long maxSeconds) {

    public NewJob {
        if (priority < -100 || priority > 100) {
            throw new IllegalArgumentException("priority must be in -100..100, got " + priority);
        }
        if (maxFailures < 1) {
            throw new IllegalArgumentException("max_failures must be at least 1, got " + maxFailures);
        }
        if (maxSeconds != null && maxSeconds < 1) {
            throw new IllegalArgumentException("max_seconds must be at least 1, got " + maxSeconds);
        }
    }
}
