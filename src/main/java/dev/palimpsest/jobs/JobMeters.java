package dev.palimpsest.jobs;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.springframework.stereotype.Component;

/// Numbers for operators: jobs by status, the depth of each queue, how long jobs wait, how attempts end.
///
/// Depths are counted in the database when they are read, so that every node gives the same answer.
@Component
class JobMeters {

    private final MeterRegistry registry;

    /// Nothing is counted while the database is away: a scrape would wait for it once for each number.
    JobMeters(MeterRegistry registry, JobRepository jobs, DatabaseWatch database) {
        this.registry = registry;
        for (JobState state : JobState.values()) {
            Gauge.builder("palimpsest.jobs", () -> database.away() ? Double.NaN : jobs.countByStateIn(Set.of(state)))
                    .tag("status", state.wire())
                    .register(registry);
        }
        for (String device : List.of("cpu", "cuda")) {
            Gauge.builder(
                            "palimpsest.queue.depth",
                            () -> database.away() ? Double.NaN : jobs.countByStateAndPool(JobState.QUEUED, device))
                    .tag("device", device)
                    .register(registry);
        }
    }

    void started(String pool, Duration waited) {
        registry.timer("palimpsest.queue.wait", "device", pool).record(waited);
    }

    void ended(String reason) {
        registry.counter("palimpsest.attempts", "end_reason", reason).increment();
    }
}
