package dev.palimpsest.jobs;

import java.time.Clock;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.springframework.transaction.support.TransactionTemplate;

/// Finds attempts whose worker is gone where the scheduler cannot, so that no job stays `running` for ever.
final class LostAttempts {

    private final JobRepository jobs;
    private final AttemptRepository attempts;
    private final WorkerRepository workers;
    private final Workers live;
    private final Attempts ending;
    private final TransactionTemplate transaction;
    private final Clock clock;

    LostAttempts(
            JobRepository jobs,
            AttemptRepository attempts,
            WorkerRepository workers,
            Workers live,
            Attempts ending,
            TransactionTemplate transaction,
            Clock clock) {
        this.jobs = jobs;
        this.attempts = attempts;
        this.workers = workers;
        this.live = live;
        this.ending = ending;
        this.transaction = transaction;
        this.clock = clock;
    }

    /// Ends what earlier processes of a node left behind, at its start and without waiting for missed
    /// heartbeats.
    ///
    /// @param onlyNode whether the database belongs to this process alone, so that every other worker is gone
    void ofEarlierProcesses(UUID self, String node, boolean onlyNode) {
        List<WorkerNode> gone = workers.findNotStopped().stream()
                .filter(worker ->
                        !worker.id().equals(self) && (onlyNode || worker.node().equals(node)))
                .toList();
        Set<UUID> ids = gone.stream().map(WorkerNode::id).collect(Collectors.toSet());
        lose(attempt -> ids.contains(attempt.workerId()));
        ids.forEach(id -> transaction.executeWithoutResult(
                _ -> workers.findLocked(id).ifPresent(worker -> worker.lost(clock.instant()))));
    }

    /// Ends attempts in pools that have no worker any more. Those of other pools are found by the scheduler
    /// of a node with the pool.
    void sweep() {
        Set<UUID> alive = live.live().stream().map(WorkerNode::id).collect(Collectors.toSet());
        Set<String> pools = live.livePools();
        lose(attempt -> !alive.contains(attempt.workerId())
                && jobs.findById(attempt.jobId())
                        .filter(job -> !pools.contains(job.pool()))
                        .isPresent());
    }

    private void lose(Predicate<Attempt> gone) {
        attempts.findByEndedAtIsNull().stream()
                .filter(gone)
                .forEach(attempt -> ending.lose(attempt.jobId(), attempt.number()));
    }
}
