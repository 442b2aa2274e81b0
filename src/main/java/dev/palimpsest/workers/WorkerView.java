package dev.palimpsest.workers;

import dev.palimpsest.jobs.Device;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A worker as people see it: what it is, and what runs in each of its slots.
///
/// @param canRun names of the scheduler's tasks, as `train@cuda`
public record WorkerView(
        UUID id,
        String name,
        WorkerState state,
        List<Slot> slots,
        List<String> canRun,
        String release,
        String engine,
        Instant startedAt,
        Instant lastHeartbeatAt) {

    /// Room for one job.
    ///
    /// @param jobId what runs there; empty for a free slot
    /// @param attempt number of that attempt, from 1
    public record Slot(
            String pool,
            int slot,
            Device device,
            @Nullable UUID jobId,
            @Nullable Integer attempt) {}
}
