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

    JobMeters(MeterRegistry registry, JobRepository jobs) {
        this.registry = registry;
        for (JobState state : JobState.values()) {
            Gauge.builder("palimpsest.jobs", () -> jobs.countByStateIn(Set.of(state)))
                    .tag("status", state.wire())
                    .register(registry);
        }
        for (String device : List.of("cpu", "cuda")) {
            Gauge.builder("palimpsest.queue.depth", () -> jobs.countByStateAndPool(JobState.QUEUED, device))
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
