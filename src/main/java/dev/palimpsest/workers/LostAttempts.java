package dev.palimpsest.workers;

import dev.palimpsest.jobs.Attempt;
import dev.palimpsest.jobs.AttemptRepository;
import dev.palimpsest.jobs.Attempts;
import dev.palimpsest.jobs.QueueEntries;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;

/// Ends attempts that nobody works at any more, so that no job stays held for ever. The scheduler finds most
/// of them by their entry; these are the ones it cannot find, whatever has become of the entry.
@Component
class LostAttempts {

    /// A process that was stopped for a while, or could not reach the database, beats within a second after
    /// it.
    private static final Duration SECOND_LOOK = Duration.ofSeconds(2);

    private final AttemptRepository attempts;
    private final WorkerRepository workers;
    private final Workers live;
    private final Attempts ending;
    private final QueueEntries entries;
    private final WorkerSettings settings;
    private final TransactionTemplate transaction;
    private final Clock clock;

    LostAttempts(
            AttemptRepository attempts,
            WorkerRepository workers,
            Workers live,
            Attempts ending,
            QueueEntries entries,
            WorkerSettings settings,
            TransactionTemplate transaction,
            Clock clock) {
        this.attempts = attempts;
        this.workers = workers;
        this.live = live;
        this.ending = ending;
        this.entries = entries;
        this.settings = settings;
        this.transaction = transaction;
        this.clock = clock;
    }

    /// Ends what earlier processes of a node left behind, at its start and without waiting for missed
    /// heartbeats. None of them may run any more: see [NodeName].
    ///
    /// @param onlyNode whether the database belongs to this process alone, so that every other worker is gone
    void ofEarlierProcesses(UUID self, String node, boolean onlyNode) {
        List<WorkerNode> gone = workers.findNotStopped().stream()
                .filter(worker ->
                        !worker.id().equals(self) && (onlyNode || worker.node().equals(node)))
                .toList();
        Set<UUID> ids = gone.stream().map(WorkerNode::id).collect(Collectors.toSet());
        open(attempt -> ids.contains(attempt.workerId())).forEach(this::lose);
        entries.release(node, onlyNode);
        ids.forEach(id -> transaction.executeWithoutResult(
                _ -> workers.findLocked(id).ifPresent(worker -> worker.lost(clock.instant()))));
    }

    /// Ends every attempt whose worker is lost, whether its pool has another one or not, and every attempt
    /// that its own worker has forgotten: each beats once a second for as long as a thread works at it.
    void sweep() {
        Set<UUID> suspects = open(silent()).stream().map(Attempt::id).collect(Collectors.toSet());
        if (suspects.isEmpty()) {
            return;
        }
        try {
            Thread.sleep(SECOND_LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return;
        }
        Predicate<Attempt> still = silent();
        open(attempt -> suspects.contains(attempt.id()) && still.test(attempt)).forEach(this::lose);
    }

    private Predicate<Attempt> silent() {
        Set<UUID> alive = live.live().stream().map(WorkerNode::id).collect(Collectors.toSet());
        Instant since = clock.instant().minus(settings.lostAfter());
        return attempt ->
                !alive.contains(attempt.workerId()) || attempt.lastHeartbeatAt().isBefore(since);
    }

    private List<Attempt> open(Predicate<Attempt> which) {
        return attempts.findByEndedAtIsNull().stream().filter(which).toList();
    }

    private void lose(Attempt attempt) {
        ending.lose(attempt.jobId(), attempt.number());
    }
}
