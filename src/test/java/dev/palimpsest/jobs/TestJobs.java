package dev.palimpsest.jobs;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Jobs whose payload nobody reads.
public final class TestJobs {

    private TestJobs() {}

    public static NewJob job(String pool) {
        return job(pool, 0, 3, null);
    }

    public static NewJob job(String pool, int priority, int maxFailures, @Nullable Long maxSeconds) {
        return new NewJob(
                UUID.randomUUID(),
                0,
                "a job for " + pool,
                "local",
                pool,
                priority,
                42,
                "fp32",
                "sha256:" + "0".repeat(64),
                "{\"what\": \"nothing\"}",
                maxFailures,
                maxSeconds);
    }
}
