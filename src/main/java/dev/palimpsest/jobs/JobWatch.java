package dev.palimpsest.jobs;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Waits for news of one job. For one waiting thread; anybody may wake it.
public final class JobWatch implements AutoCloseable {

    private final Semaphore signal = new Semaphore(0);
    private final Runnable onClose;

    JobWatch(Runnable onClose) {
        this.onClose = onClose;
    }

    /// Returns when there is news, or when the time is up: a reader looks either way, because notifications
    /// may be lost while the connection to the database is.
    ///
    /// @return whether there is news
    public boolean await(Duration limit) throws InterruptedException {
        boolean news = signal.tryAcquire(limit.toNanos(), TimeUnit.NANOSECONDS);
        signal.drainPermits();
        return news;
    }

    public void wake() {
        signal.release();
    }

    @Override
    public void close() {
        onClose.run();
    }
}
