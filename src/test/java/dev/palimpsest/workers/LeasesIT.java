package dev.palimpsest.workers;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.Attempts;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.Seat;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.jobs.StopCause;
import dev.palimpsest.jobs.TestEntries;
import dev.palimpsest.jobs.TestJobs;
import dev.palimpsest.jobs.TestSeats;
import dev.palimpsest.support.ServiceTest;
import java.time.Clock;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// Which pick of the scheduler counts, and what ends an attempt that nobody works at, without any scheduler.
@ServiceTest
class LeasesIT {

    private static final long LEASE = 2;

    @Autowired
    JobQueue queue;

    @Autowired
    JobRepository jobs;

    @Autowired
    Attempts attempts;

    @Autowired
    LostAttempts lost;

    @Autowired
    Workers view;

    @Autowired
    Clock clock;

    @Autowired
    JdbcClient sql;

    TestEntries entries;
    TestSeats seats;

    @Autowired
    void entries(JdbcClient client) {
        entries = new TestEntries(client);
        seats = new TestSeats(client);
    }

    @Test
    void aJobIsNotStartedUnderAPickThatNoLongerStands() {
        Job job = queue.submit(TestJobs.job("stale"));
        Seat seat = seats.of("stale-node");
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
        Seat gone = seats.of("burned", "sweep", clock.instant().minusSeconds(120));
        Job orphan = start(queue.submit(TestJobs.job("sweep")), gone);
        seats.of("there", "sweep-with-another", clock.instant());
        Seat lostOne = seats.of("lost", "sweep-with-another", clock.instant().minusSeconds(120));
        Job left = start(queue.submit(TestJobs.job("sweep-with-another")), lostOne);
        Seat alive = seats.of("alive", "swept-not", clock.instant());
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

    @Test
    void aWorkerShowsWhatRunsInItsSlots() {
        Seat seat = seats.of("shown", "shown", clock.instant());
        Job job = queue.submit(TestJobs.job("shown"));
        start(job, seat);

        WorkerView worker = view.find(seat.worker()).orElseThrow();

        assertThat(worker.name()).isEqualTo("shown");
        assertThat(worker.canRun()).containsExactly("train@shown");
        assertThat(worker.slots()).containsExactly(new WorkerView.Slot("shown", 0, TestSeats.CPU, job.id(), 1));
        assertThat(view.list()).extracting(WorkerView::id).contains(seat.worker());
    }

    /// Nobody has worked at its attempt for two minutes.
    private void silence(Job job) {
        sql.sql("update attempts set last_heartbeat_at = now() - interval '2 minutes' where job_id = :job")
                .param("job", job.id())
                .update();
    }

    private Job started(String pool, int maxFailures) {
        Job job = queue.submit(TestJobs.job(pool, 0, maxFailures, null));
        return start(job, seats.of(pool + "-node"));
    }

    private Job start(Job waiting, Seat seat) {
        entries.pick(waiting, "test");
        return attempts.start(waiting.place(), LEASE, seat).orElseThrow();
    }

    private Job stored(Job job) {
        return jobs.findById(job.id()).orElseThrow();
    }
}
