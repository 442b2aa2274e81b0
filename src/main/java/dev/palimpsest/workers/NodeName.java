package dev.palimpsest.workers;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;

/// Sees to it that one process at a time works under a node's name: whoever has it takes over at once what
/// its earlier processes left behind.
///
/// A crash leaves a row that looks alive until its heartbeats are missed. A process that starts under the same
/// name therefore looks for two intervals whether that row still beats.
@Component
class NodeName {

    private final WorkerRepository workers;
    private final WorkerSettings settings;
    private final Clock clock;

    NodeName(WorkerRepository workers, WorkerSettings settings, Clock clock) {
        this.workers = workers;
        this.settings = settings;
        this.clock = clock;
    }

    /// Returns at once if no process of this name was seen lately, else when none has beaten for two intervals.
    ///
    /// @param self this process; of two that start at the same time the earlier one has the name
    /// @param interval of the heartbeat of a node with this name
    /// @throws NodeNameTakenException if another process works under the name
    void claim(UUID self, String node, Duration interval) {
        Map<UUID, Instant> before = others(self, node);
        Instant end = clock.instant().plus(interval.multipliedBy(2));
        while (!before.isEmpty() && clock.instant().isBefore(end)) {
            LockSupport.parkNanos(interval.dividedBy(5).toNanos());
            others(self, node).forEach((id, seen) -> {
                Instant earlier = before.get(id);
                if (earlier != null && seen.isAfter(earlier)) {
                    throw new NodeNameTakenException(node, id);
                }
            });
        }
    }

    private Map<UUID, Instant> others(UUID self, String node) {
        Instant now = clock.instant();
        return workers.findNotStopped().stream()
                .filter(worker -> worker.node().equals(node) && worker.id().compareTo(self) < 0)
                .filter(worker -> worker.state(now, settings.lostAfter()) != WorkerState.LOST)
                .collect(Collectors.toMap(WorkerNode::id, WorkerNode::seenAt));
    }
}
