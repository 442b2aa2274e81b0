package dev.palimpsest.workers;

import dev.palimpsest.jobs.Attempt;
import dev.palimpsest.jobs.AttemptRepository;
import dev.palimpsest.jobs.QueueEntries;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// Which nodes run jobs, and what they are doing.
@Service
public class Workers {

    /// A worker that was lost or has stopped is shown for this long.
    private static final Duration REMEMBERED = Duration.ofDays(1);

    private final WorkerRepository workers;
    private final AttemptRepository attempts;
    private final WorkerSettings settings;
    private final Clock clock;

    Workers(WorkerRepository workers, AttemptRepository attempts, WorkerSettings settings, Clock clock) {
        this.workers = workers;
        this.attempts = attempts;
        this.settings = settings;
        this.clock = clock;
    }

    /// Workers of the last day, newest first.
    @Transactional(readOnly = true)
    public List<WorkerView> list() {
        Map<SlotKey, Attempt> busy = busy();
        return workers.findSeenSince(clock.instant().minus(REMEMBERED)).stream()
                .map(worker -> view(worker, busy))
                .toList();
    }

    @Transactional(readOnly = true)
    public Optional<WorkerView> find(UUID id) {
        return workers.findById(id).map(worker -> view(worker, busy()));
    }

    /// Pools for which a worker is online.
    @Transactional(readOnly = true)
    public Set<String> livePools() {
        return pools(live().stream());
    }

    /// Pools for which workers are online, but none that has room to store anything.
    @Transactional(readOnly = true)
    public Set<String> poolsShortOfStorage() {
        Set<String> pools = pools(live().stream().filter(WorkerNode::shortOfStorage));
        pools.removeAll(pools(live().stream().filter(worker -> !worker.shortOfStorage())));
        return pools;
    }

    private static Set<String> pools(Stream<WorkerNode> workers) {
        return workers.flatMap(worker -> worker.slots().stream())
                .map(WorkerNode.Slot::pool)
                .collect(Collectors.toCollection(HashSet::new));
    }

    List<WorkerNode> live() {
        Instant now = clock.instant();
        return workers.findNotStopped().stream()
                .filter(worker -> worker.state(now, settings.lostAfter()) != WorkerState.LOST)
                .toList();
    }

    private Map<SlotKey, Attempt> busy() {
        var busy = new HashMap<SlotKey, Attempt>();
        for (Attempt attempt : attempts.findByEndedAtIsNull()) {
            busy.put(new SlotKey(attempt.workerId(), attempt.device(), attempt.slot()), attempt);
        }
        return busy;
    }

    private WorkerView view(WorkerNode worker, Map<SlotKey, Attempt> busy) {
        List<WorkerView.Slot> slots = worker.slots().stream()
                .map(slot -> view(
                        slot, busy.get(new SlotKey(worker.id(), slot.device().kind(), slot.slot()))))
                .toList();
        List<String> canRun = worker.slots().stream()
                .map(slot -> QueueEntries.task(slot.pool()).getTaskName())
                .distinct()
                .toList();
        return new WorkerView(
                worker.id(),
                worker.node(),
                worker.state(clock.instant(), settings.lostAfter()),
                slots,
                canRun,
                worker.release(),
                worker.engine(),
                worker.startedAt(),
                worker.seenAt());
    }

    private static WorkerView.Slot view(WorkerNode.Slot slot, @Nullable Attempt running) {
        return new WorkerView.Slot(
                slot.pool(),
                slot.slot(),
                slot.device(),
                running == null ? null : running.jobId(),
                running == null ? null : running.number());
    }

    private record SlotKey(UUID worker, String device, int slot) {}
}
