package dev.palimpsest.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.ServiceTest;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Which pick of the scheduler counts, and what ends an attempt that nobody works at, without any scheduler.
@ServiceTest
class LeasesIT {

    private static final Device CPU = new Device("cpu", 0, "a CPU", 1L << 30);
    private static final long LEASE = 2;

    @Autowired
    JobQueue queue;

    @Autowired
    JobRepository jobs;

    @Autowired
    Attempts attempts;

    @Autowired
    WorkerRepository workers;

    @Autowired
    LostAttempts lost;

    @Autowired
    Workers view;

    @Autowired
    Clock clock;

    @Autowired
    JdbcClient sql;

    TestEntries entries;

    @Autowired
    void entries(JdbcClient client) {
        entries = new TestEntries(client);
    }

    @Test
    void aJobIsNotStartedUnderAPickThatNoLongerStands() {
        Job job = queue.submit(TestJobs.job("stale"));
        Seat seat = seat("stale-node");
        assertThat(attempts.start(job.place(), 1, seat)).as("not picked").isEmpty();
        entries.pick(job, "test");

        attempts.lose(job.place(), LEASE);

        assertThat(attempts.start(job.place(), LEASE, seat)).as("given up").isEmpty();
        assertThat(entries.of(job)).isEqualTo("waits at 3");
        entries.pick(job, "test");
        assertThat(attempts.start(job.place(), LEASE, seat)).as("picked anew").isEmpty();
        assertThat(attempts.start(job.place(), 4, seat)).isPresent();
    }

    @Test
    void aPickThatFindsTheJobWithAnotherAttemptLeavesTheEntry() {
        Job job = started("taken", 3);
        entries.replaceVersion(job, 5);

        attempts.giveUp(job.place(), 5);

        assertThat(entries.of(job)).isEqualTo("waits at 6");
        assertThat(stored(job).state()).isEqualTo(JobState.STARTING);
    }

    @Test
    void aPickThatIsNoLongerOnesOwnIsLeftAlone() {
        Job job = queue.submit(TestJobs.job("foreign"));
        entries.pick(job, "test");

        attempts.giveUp(job.place(), 1);
        attempts.lose(job.place(), 1);

        assertThat(entries.of(job)).isEqualTo("picked at 2");
    }

    @Test
    void theEntryGoesWithTheEndOfItsAttempt() {
        Job job = started("entry-ends", 3);
        attempts.end(job.id(), 1, new AttemptEnd.Finished(), StopCause.NONE, null);

        attempts.giveUp(job.place(), LEASE);

        assertThat(entries.count("train@entry-ends")).isZero();
    }

    @Test
    void theSweepEndsEveryAttemptOfALostWorker() {
        Seat gone = seat("burned", "sweep", clock.instant().minusSeconds(120));
        Job orphan = start(queue.submit(TestJobs.job("sweep")), gone);
        seat("there", "sweep-with-another", clock.instant());
        Seat lostOne = seat("lost", "sweep-with-another", clock.instant().minusSeconds(120));
        Job left = start(queue.submit(TestJobs.job("sweep-with-another")), lostOne);
        Seat alive = seat("alive", "swept-not", clock.instant());
        Job served = start(queue.submit(TestJobs.job("swept-not")), alive);

        lost.sweep();

        for (Job swept : List.of(orphan, left)) {
            assertThat(stored(swept).state()).isEqualTo(JobState.QUEUED);
            assertThat(stored(swept).statusReason()).contains(StatusReason.WORKER_LOST);
            assertThat(entries.count("train@" + swept.pool())).isOne();
        }
        assertThat(stored(served).state()).isEqualTo(JobState.STARTING);
        assertThat(view.find(gone.worker()).orElseThrow().state()).isEqualTo(WorkerState.LOST);
    }

    @Test
    void theSweepEndsAnAttemptThatItsWorkerHasForgotten() {
        Job forgotten = started("forgotten", 3);
        entries.delete(forgotten);
        lost.sweep();
        assertThat(stored(forgotten).state()).as("while it beats").isEqualTo(JobState.STARTING);
        silence(forgotten);

        lost.sweep();

        assertThat(stored(forgotten).state()).isEqualTo(JobState.QUEUED);
        assertThat(entries.count("train@forgotten")).isOne();
    }

    @ParameterizedTest
    @EnumSource(
            value = JobState.class,
            names = {"STARTING", "RUNNING", "PAUSING", "CANCELLING"})
    void whateverALostWorkerHeldEndsWhenItIsCancelled(JobState held) {
        String pool = "left-" + held.wire();
        Job job = started(pool, 3);
        switch (held) {
            case RUNNING -> attempts.running(job.id(), 1);
            case PAUSING -> queue.pause(job.id());
            default -> {}
        }
        queue.cancel(job.id());
        entries.delete(job);
        silence(job);

        lost.sweep();

        assertThat(stored(job).state()).isEqualTo(JobState.CANCELLED);
        assertThat(stored(job).statusReason()).contains(StatusReason.USER_CANCELLED);
        assertThat(entries.count("train@" + pool)).isZero();
    }

    /// Nobody has worked at its attempt for two minutes.
    private void silence(Job job) {
        sql.sql("update attempts set last_heartbeat_at = now() - interval '2 minutes' where job_id = :job")
                .param("job", job.id())
                .update();
    }

    private Job started(String pool, int maxFailures) {
        Job job = queue.submit(TestJobs.job(pool, 0, maxFailures, null));
        return start(job, seat(pool + "-node"));
    }

    private Job start(Job waiting, Seat seat) {
        entries.pick(waiting, "test");
        return attempts.start(waiting.place(), LEASE, seat).orElseThrow();
    }

    private Seat seat(String node) {
        return seat(node, node, clock.instant());
    }

    private Seat seat(String node, String pool, Instant seen) {
        UUID id = Ids.next();
        workers.save(new WorkerNode(id, node, "test", "none", List.of(new WorkerNode.Slot(pool, 0, CPU)), seen));
        return new Seat(id, node, 0, CPU);
    }

    private Job stored(Job job) {
        return jobs.findById(job.id()).orElseThrow();
    }
}
