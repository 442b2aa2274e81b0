package dev.palimpsest.workers;

import dev.palimpsest.settings.Ids;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.support.TransactionTemplate;

/// Shows this process to the others as a worker, for as long as it runs: a row, and a heartbeat of its own.
final class WorkerPresence {

    private static final Logger log = LoggerFactory.getLogger(WorkerPresence.class);

    /// After a beat that could not be written: nobody shall take this node for dead once that is possible.
    private static final Duration SOON = Duration.ofSeconds(1);

    private final UUID id = Ids.next();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final WorkerRepository workers;
    private final TransactionTemplate transaction;
    private final Clock clock;
    private volatile boolean shortOfStorage;

    WorkerPresence(WorkerRepository workers, TransactionTemplate transaction, Clock clock) {
        this.workers = workers;
        this.transaction = transaction;
        this.clock = clock;
    }

    UUID id() {
        return id;
    }

    void begin(String node, String release, String engine, List<WorkerNode.Slot> slots, Duration interval) {
        workers.save(new WorkerNode(id, node, release, engine, slots, clock.instant()));
        Thread.ofVirtual().name("worker-presence").start(() -> beat(interval));
    }

    void drain() {
        change(WorkerNode::drain);
    }

    /// Says whether this node waits for room; told again with each heartbeat, since a full disk may refuse it now.
    void shortOfStorage(boolean waits) {
        shortOfStorage = waits;
        change(this::seen);
    }

    private void seen(WorkerNode worker) {
        worker.seen(clock.instant(), shortOfStorage);
    }

    void end() {
        stopped.countDown();
        change(worker -> worker.stop(clock.instant()));
    }

    private void beat(Duration interval) {
        try {
            Duration pause = interval;
            while (!stopped.await(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                pause = change(this::seen) || interval.compareTo(SOON) < 0 ? interval : SOON;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// A database that does not take it, or a moment without memory, must not end the heartbeat: the next one may
    /// succeed.
    private boolean change(Consumer<WorkerNode> change) {
        try {
            transaction.executeWithoutResult(_ -> workers.findLocked(id).ifPresent(change));
            return true;
        } catch (RuntimeException | Error e) {
            log.warn("Worker {} could not say that it is there: {}", Ids.worker(id), e.toString());
            return false;
        }
    }
}
