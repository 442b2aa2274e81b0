package dev.palimpsest.workers;

import dev.palimpsest.jobs.AttemptRepository;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.TestEntries;
import java.time.Clock;
import java.time.Duration;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Worker nodes that a test starts and leaves running, on a real PostgreSQL; they stop with the test.
abstract class RunningNodes {

    static final SteppingHandler.Work NOTHING = (_, _) -> {};

    @Autowired
    JobQueue queue;

    @Autowired
    JobRepository jobs;

    @Autowired
    AttemptRepository rows;

    @Autowired
    Workers view;

    @Autowired
    DevicePools.Room room;

    @Autowired
    DataSource dataSource;

    @Autowired
    Clock clock;

    @Autowired
    JdbcClient sql;

    TestEntries entries;

    private final TestNodes nodes = new TestNodes();

    @Autowired
    void entries(JdbcClient client) {
        entries = new TestEntries(client);
    }

    @AfterEach
    void stopNodes() {
        nodes.stop();
    }

    final DevicePools node(String name, String pool, long steps, SteppingHandler.Work work) {
        return node(dataSource, name, pool, new SteppingHandler(steps, work), Duration.ofSeconds(10));
    }

    final DevicePools node(DataSource database, String name, String pool, JobHandler handler, Duration maxWait) {
        return nodes.start(room, database, name, pool, handler, maxWait);
    }

    final DevicePools node(DevicePools.Room parts, DataSource database, String name, String pool, JobHandler handler) {
        return nodes.start(parts, database, name, pool, handler, Duration.ofSeconds(10));
    }

    final void await(Job job, JobState state) {
        Awaitility.await(job.pool() + " " + state)
                .atMost(Duration.ofSeconds(40))
                .pollInterval(Duration.ofMillis(50))
                .until(() -> stored(job).state() == state);
    }

    /// The scheduler removes an entry after the job has moved.
    final void awaitPlaces(String pool, long expected) {
        Awaitility.await(pool + " has " + expected + " places")
                .atMost(Duration.ofSeconds(20))
                .until(() -> places(pool) == expected);
    }

    final long places(String pool) {
        return entries.count("train@" + pool);
    }

    final Job stored(Job job) {
        return jobs.findById(job.id()).orElseThrow();
    }
}
