package dev.palimpsest.workers;

import com.github.kagkarlsson.scheduler.Scheduler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Lets the pools of a node take nothing while the node has nowhere to store it, and lets them go on by
/// themselves: work that could not be saved is better left in the queue.
///
/// Attempts that run go on; if one cannot save, it is handed back at its last checkpoint.
final class StorageGate implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(StorageGate.class);

    private final StorageProbe probe;
    private final WorkerPresence presence;
    private final CountDownLatch closed = new CountDownLatch(1);
    private final List<Scheduler> pools = new ArrayList<>();
    private boolean shut;

    StorageGate(StorageProbe probe, WorkerPresence presence) {
        this.probe = probe;
        this.presence = presence;
    }

    synchronized void guard(Scheduler pool) {
        pools.add(pool);
        if (shut) {
            pool.pause();
        }
    }

    void watch(Duration interval) {
        Thread.ofVirtual().name("storage-gate").start(() -> {
            try {
                while (!closed.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
                    shut();
                }
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /// Looks, moves the gate, and answers whether it is shut.
    synchronized boolean shut() {
        String shortage = probe.shortage().orElse(null);
        if (shut == (shortage != null)) {
            return shut;
        }
        shut = shortage != null;
        if (shut) {
            log.warn("Nothing is taken from the queue: {}", shortage);
            pools.forEach(Scheduler::pause);
        } else {
            log.info("There is room again; work is taken from the queue");
            pools.forEach(Scheduler::resume);
        }
        presence.shortOfStorage(shut);
        return shut;
    }

    @Override
    public void close() {
        closed.countDown();
    }
}
