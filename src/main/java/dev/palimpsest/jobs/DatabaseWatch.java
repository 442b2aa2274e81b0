package dev.palimpsest.jobs;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.SmartLifecycle;

/// Looks every two seconds whether the database answers, so that health is told at once and so that nobody is
/// taken for dead whose heartbeat could not be written.
public final class DatabaseWatch implements SmartLifecycle, HealthIndicator {

    private static final Logger log = LoggerFactory.getLogger(DatabaseWatch.class);
    private static final Duration INTERVAL = Duration.ofSeconds(2);
    private static final int PATIENCE_SECONDS = 3;

    /// Waiting for a connection, asking it, and the pause before.
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(12);

    private final DataSource dataSource;
    private volatile CountDownLatch stopped = new CountDownLatch(0);
    private volatile boolean away;
    private volatile long lookedAt;
    private volatile long missedAt;
    private volatile boolean missed;

    public DatabaseWatch(DataSource dataSource) {
        this.dataSource = dataSource;
    }

    boolean away() {
        return away;
    }

    /// Whether the database was away, as seen from here, at some time within the last stretch.
    public boolean awayWithin(Duration stretch) {
        return away || (missed && System.nanoTime() - missedAt < stretch.toNanos());
    }

    @Override
    public Health health() {
        boolean stuck = isRunning() && System.nanoTime() - lookedAt > LONGEST_LOOK.toNanos();
        return away || stuck
                ? Health.down()
                        .withDetail("reason", "The database does not answer.")
                        .build()
                : Health.up().build();
    }

    @Override
    public void start() {
        var end = new CountDownLatch(1);
        stopped = end;
        lookedAt = System.nanoTime();
        Thread.ofVirtual().name("database-watch").start(() -> watch(end));
    }

    @Override
    public void stop() {
        stopped.countDown();
    }

    @Override
    public boolean isRunning() {
        return stopped.getCount() > 0;
    }

    private void watch(CountDownLatch end) {
        try {
            do {
                look();
            } while (!end.await(INTERVAL.toMillis(), TimeUnit.MILLISECONDS));
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    public void look() {
        String why = "a connection is no longer valid";
        boolean answers = false;
        try (Connection connection = dataSource.getConnection()) {
            answers = connection.isValid(PATIENCE_SECONDS);
        } catch (SQLException failure) {
            why = String.valueOf(failure.getMessage());
        }
        long now = System.nanoTime();
        lookedAt = now;
        if (!answers || away) {
            missedAt = now;
            missed = true;
        }
        if (answers == away) {
            away = !answers;
            if (away) {
                log.warn("The database does not answer: {}", why);
            } else {
                log.info("The database answers again");
            }
        }
    }
}
