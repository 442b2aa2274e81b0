package dev.palimpsest.jobs;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.SmartLifecycle;
import org.springframework.stereotype.Component;

/// Listens for notifications about events and wakes whoever watches the job.
///
/// It has a connection of its own, because listening holds one for as long as the application runs.
@Component
class JobNews implements SmartLifecycle {

    private static final Logger log = LoggerFactory.getLogger(JobNews.class);
    private static final Duration RETRY = Duration.ofSeconds(1);
    private static final int WAIT_MILLIS = 10_000;

    private final JdbcConnectionDetails database;
    private final Map<UUID, Set<JobWatch>> watches = new ConcurrentHashMap<>();
    private volatile boolean running;
    private volatile @Nullable Connection connection;

    JobNews(JdbcConnectionDetails database) {
        this.database = database;
    }

    JobWatch watch(UUID job) {
        var self = new JobWatch[1];
        var watch = new JobWatch(() -> forget(job, self[0]));
        self[0] = watch;
        watches.compute(job, (_, known) -> {
            Set<JobWatch> all = known == null ? ConcurrentHashMap.newKeySet() : known;
            all.add(watch);
            return all;
        });
        return watch;
    }

    private void forget(UUID job, JobWatch watch) {
        watches.computeIfPresent(job, (_, known) -> {
            known.remove(watch);
            return known.isEmpty() ? null : known;
        });
    }

    @Override
    public void start() {
        running = true;
        Thread.ofVirtual().name("job-news").start(this::listen);
    }

    @Override
    public void stop() {
        running = false;
        Connection open = connection;
        if (open != null) {
            try {
                open.abort(Runnable::run);
            } catch (SQLException e) {
                log.debug("Closing the listener's connection", e);
            }
        }
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    /// Between the web server and the device pools on the one side and the connection pool on the other.
    @Override
    public int getPhase() {
        return DEFAULT_PHASE / 2;
    }

    private void listen() {
        while (running) {
            try (Connection open = connect()) {
                connection = open;
                receive(open);
            } catch (SQLException | RuntimeException | Error e) {
                if (running) {
                    log.debug("Listening again in {}", RETRY, e);
                    rest();
                }
            }
        }
    }

    private Connection connect() throws SQLException {
        return DriverManager.getConnection(database.getJdbcUrl(), database.getUsername(), database.getPassword());
    }

    private void receive(Connection open) throws SQLException {
        try (var statement = open.createStatement()) {
            statement.execute("listen " + JobEvents.CHANNEL);
        }
        watches.values().forEach(all -> all.forEach(JobWatch::wake)); // something may have been missed
        var notifications = open.unwrap(PGConnection.class);
        while (running) {
            for (PGNotification notification : notifications.getNotifications(WAIT_MILLIS)) {
                UUID job = UUID.fromString(notification.getParameter());
                watches.getOrDefault(job, Set.of()).forEach(JobWatch::wake);
            }
        }
    }

    private static void rest() {
        try {
            Thread.sleep(RETRY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
