package dev.palimpsest.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.support.ServiceTest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/// What an attempt may write, and what becomes of a job when one ends, without any scheduler.
@ServiceTest
class AttemptsIT {

    private static final long LEASE = 2;

    @Autowired
    JobQueue queue;

    @Autowired
    JobRepository jobs;

    @Autowired
    AttemptRepository rows;

    @Autowired
    Attempts attempts;

    @Autowired
    JobEvents events;

    @Autowired
    Clock clock;

    TestEntries entries;
    TestSeats seats;

    @Autowired
    void entries(JdbcClient sql) {
        entries = new TestEntries(sql);
        seats = new TestSeats(sql);
    }

    @Test
    void aJobThatSucceedsTellsItsWholeStory() {
        Job job = started("story", 3);
        attempts.running(job.id(), 1);
        attempts.write(job.id(), 1, write -> {
            write.environment(Map.of("threads", 2), "bf16");
            write.peaks(null, 5L);
            write.phase("training");
            write.progress(new Progress(1, 2, 1, 3, 40, 12.5, 88.0));
        });
        attempts.end(job.id(), 1, new AttemptEnd.Finished(), StopCause.NONE, null);

        Job done = stored(job);
        assertThat(done.state()).isEqualTo(JobState.SUCCEEDED);
        assertThat(done.progress()).contains(new Progress(1, 2, 1, 3, 40, 100, 88.0));
        assertThat(done.precision()).isEqualTo("bf16");
        assertThat(done.phase()).isEmpty();
        assertThat(done.finishedAt()).isPresent();
        assertThat(done.transitions())
                .extracting(StatusTransition::status)
                .containsExactly("queued", "starting", "running", "succeeded");
        assertThat(events.after(job.id(), 0, 100))
                .extracting(JobEvent::type)
                .containsExactly(
                        "job.created",
                        "job.queued",
                        "attempt.started",
                        "job.starting",
                        "job.running",
                        "attempt.ended",
                        "job.succeeded");
        Attempt attempt = rows.findByJobIdOrderByNumber(job.id()).getFirst();
        assertThat(attempt.endReason()).contains("finished");
        assertThat(attempt.environment()).containsEntry("threads", 2);
        assertThat(attempt.peakHostBytes()).contains(5L);
    }

    @Test
    void aJobIsStartedOnlyFromThePlaceWhereItWaits() {
        Job job = queue.submit(TestJobs.job("place"));
        Seat seat = seats.of("place-node");
        entries.pick(job, "test");

        assertThat(attempts.start(new Place(job.id(), 7), LEASE, seat)).isEmpty();
        assertThat(attempts.start(job.place(), LEASE, seat)).isPresent();
        assertThat(attempts.start(job.place(), LEASE, seat)).isEmpty();
    }

    @Test
    void anOldAttemptCanWriteNothing() {
        Job job = started("fence", 3);
        attempts.lose(job.id(), 1);
        start(stored(job), seats.of("fence-node"));

        assertThatThrownBy(() -> attempts.write(job.id(), 1, write -> write.phase("training")))
                .isInstanceOf(FencedException.class);
        assertThatThrownBy(() -> attempts.running(job.id(), 1)).isInstanceOf(FencedException.class);
        assertThat(attempts.beat(job.id(), 1, new Progress(1, 1, 1, 1, 1, 1, null)))
                .isEmpty();
        assertThat(attempts.end(job.id(), 1, new AttemptEnd.Finished(), StopCause.NONE, null))
                .isEmpty();
        assertThat(stored(job).state()).isEqualTo(JobState.STARTING);
        assertThat(stored(job).progress()).isEmpty();
        assertThat(stored(job).attempt()).isEqualTo(2);
    }

    @Test
    void aWriteThatThrowsLeavesNothing() {
        Job job = started("rollback-write", 3);

        assertThatThrownBy(() -> attempts.write(job.id(), 1, write -> {
                    write.event("epoch.completed", EventLevel.INFO, "Never seen.", Map.of());
                    throw new IllegalArgumentException("afterwards");
                }))
                .isInstanceOf(IllegalArgumentException.class);

        assertThat(events.after(job.id(), 0, 100)).extracting(JobEvent::type).doesNotContain("epoch.completed");
    }

    @Test
    void aLostJobWaitsAgainAtOnceAndKeepsItsTurn() {
        Job job = started("lost-turn", 3);

        attempts.lose(job.place(), LEASE);

        Job waiting = stored(job);
        assertThat(waiting.state()).isEqualTo(JobState.QUEUED);
        assertThat(waiting.statusReason()).contains(StatusReason.WORKER_LOST);
        assertThat(waiting.queuedAt()).isEqualTo(job.queuedAt());
        assertThat(waiting.notBefore()).isEmpty();
        assertThat(waiting.failures()).isEqualTo(1);
        assertThat(waiting.place().entry()).isEqualTo(2);
        assertThat(entries.count("train@lost-turn")).isOne();
        assertThat(entries.of(waiting)).isEqualTo("waits at 1");
        assertThat(rows.findByJobIdOrderByNumber(job.id()).getFirst().endReason())
                .contains("worker_lost");
    }

    @Test
    void theLossOfAnOlderPlaceTouchesNothing() {
        Job job = started("old-place", 3);
        attempts.lose(job.place(), LEASE);
        start(stored(job), seats.of("old-place-node"));

        attempts.lose(job.place(), LEASE);

        assertThat(stored(job).state()).isEqualTo(JobState.STARTING);
        assertThat(stored(job).failures()).isEqualTo(1);
    }

    @Test
    void whatWasAskedComesTrueWhenTheWorkerIsLost() {
        Job cancelling = started("lost-cancelling", 3);
        queue.cancel(cancelling.id());
        attempts.lose(cancelling.id(), 1);
        Job pausing = started("lost-pausing", 3);
        queue.pause(pausing.id());
        attempts.lose(pausing.id(), 1);

        assertThat(stored(cancelling).state()).isEqualTo(JobState.CANCELLED);
        assertThat(stored(pausing).state()).isEqualTo(JobState.PAUSED);
    }

    @Test
    void aCancelledJobNeverSucceeds() {
        Job job = started("cancel-late", 3);
        attempts.running(job.id(), 1);
        queue.cancel(job.id());

        assertThat(attempts.end(job.id(), 1, new AttemptEnd.Finished(), StopCause.NONE, null))
                .contains(JobState.CANCELLED);
    }

    @Test
    void aJobThatWasToPauseMayFinishFirst() {
        Job job = started("pause-late", 3);
        attempts.running(job.id(), 1);
        queue.pause(job.id());

        assertThat(attempts.end(job.id(), 1, new AttemptEnd.Finished(), StopCause.NONE, null))
                .contains(JobState.SUCCEEDED);
    }

    @Test
    void aJobThatIsToPauseDoesNotGoBackIntoTheQueue() {
        Job job = started("pause-hand-back", 3);
        queue.pause(job.id());

        assertThat(attempts.end(job.id(), 1, new AttemptEnd.Stopped(), StopCause.HAND_BACK, null))
                .contains(JobState.PAUSED);
    }

    @Test
    void aPassingFailureIsTriedAgainLaterUntilThereWereTooMany() {
        Job job = started("passing", 2);
        var failure = new AttemptEnd.Failed(StatusReason.STORAGE_UNAVAILABLE, "The store did not answer.");
        attempts.end(job.id(), 1, failure, StopCause.NONE, null);

        Job waiting = stored(job);
        assertThat(waiting.state()).isEqualTo(JobState.QUEUED);
        assertThat(waiting.notBefore().orElseThrow()).isAfter(clock.instant());

        start(waiting, seats.of("passing-node"));
        attempts.end(job.id(), 2, failure, StopCause.NONE, null);

        assertThat(stored(job).error().orElseThrow())
                .isEqualTo(new JobError(
                        StatusReason.RETRY_LIMIT_EXCEEDED,
                        "Gave up after 2 failures, the last: The store did not answer.",
                        2,
                        false));
        assertThat(rows.findByJobIdOrderByNumber(job.id()))
                .extracting(attempt -> attempt.endReason().orElseThrow())
                .containsExactly("storage_unavailable", "storage_unavailable");
    }

    @ParameterizedTest
    @EnumSource(
            value = StatusReason.class,
            names = {"DISK_FULL", "DATABASE_UNAVAILABLE"})
    void whatTheWholeNodeLacksCostsAJobNoFailure(StatusReason reason) {
        Job job = started("lacks " + reason.wire(), 1);
        for (int attempt = 1; attempt <= 4; attempt++) {
            attempts.end(job.id(), attempt, new AttemptEnd.Failed(reason, "Not now."), StopCause.NONE, null);

            Job waiting = stored(job);
            assertThat(waiting.state()).isEqualTo(JobState.QUEUED);
            assertThat(waiting.statusReason()).contains(reason);
            assertThat(waiting.statusMessage()).contains("Not now.");
            assertThat(waiting.failures()).isZero();
            start(waiting, seats.of(reason + "-node-" + attempt));
        }
    }

    @Test
    void whatIsWrongWithStorageIsTriedAgainEverLater() {
        Job job = started("storage", 10);
        List<Long> pauses = new ArrayList<>();
        for (int attempt = 1; attempt <= 5; attempt++) {
            StatusReason reason = attempt % 2 == 0 ? StatusReason.DISK_FULL : StatusReason.STORAGE_UNAVAILABLE;
            Instant ended = clock.instant();
            attempts.end(job.id(), attempt, new AttemptEnd.Failed(reason, "Not now."), StopCause.NONE, null);
            Instant earliest = stored(job).notBefore().orElseThrow();
            pauses.add(Duration.between(ended, earliest.plusSeconds(30)).toMinutes());
            start(stored(job), seats.of("storage-node-" + attempt));
        }
        assertThat(pauses).containsExactly(1L, 4L, 16L, 30L, 30L);

        attempts.end(job.id(), 6, new AttemptEnd.Failed(StatusReason.WORKER_LOST, "Gone."), StopCause.NONE, null);
        start(stored(job), seats.of("storage-node-6"));
        Instant ended = clock.instant();
        attempts.end(job.id(), 7, new AttemptEnd.Failed(StatusReason.DISK_FULL, "Not now."), StopCause.NONE, null);
        assertThat(stored(job).notBefore().orElseThrow()).isBefore(ended.plusSeconds(90));
    }

    @Test
    void whatNobodyForesawIsTriedOnceMore() {
        Job job = started("unforeseen", 10);
        var failure = new AttemptEnd.Failed(StatusReason.INTERNAL_ERROR, "Something was null.");
        attempts.end(job.id(), 1, failure, StopCause.NONE, null);
        assertThat(stored(job).state()).isEqualTo(JobState.QUEUED);

        start(stored(job), seats.of("unforeseen-node"));
        attempts.end(job.id(), 2, failure, StopCause.NONE, null);

        assertThat(stored(job).error().orElseThrow())
                .isEqualTo(new JobError(
                        StatusReason.RETRY_LIMIT_EXCEEDED,
                        "Gave up after 2 failures, the last: Something was null.",
                        2,
                        false));
    }

    @Test
    void aLastingFailureEndsTheJob() {
        Job job = started("lasting", 3);
        attempts.end(
                job.id(),
                1,
                new AttemptEnd.Failed(StatusReason.NON_FINITE_LOSS, "The loss is not a number."),
                StopCause.NONE,
                null);

        assertThat(stored(job).state()).isEqualTo(JobState.FAILED);
        assertThat(stored(job).failures()).isZero();
        JobEvent last = events.after(job.id(), 0, 100).getLast();
        assertThat(last.type()).isEqualTo("job.failed");
        assertThat(last.level()).isEqualTo(EventLevel.ERROR);
        assertThat(last.data())
                .containsEntry("status_reason", "non_finite_loss")
                .containsKey("error");
    }

    private Job started(String pool, int maxFailures) {
        Job job = queue.submit(TestJobs.job(pool, 0, maxFailures, null));
        return start(job, seats.of(pool + "-node"));
    }

    private Job start(Job waiting, Seat seat) {
        entries.pick(waiting, "test");
        Optional<Job> started = attempts.start(waiting.place(), LEASE, seat);
        assertThat(started).as(waiting.pool() + " starts").isPresent();
        return started.orElseThrow();
    }

    private Job stored(Job job) {
        return jobs.findById(job.id()).orElseThrow();
    }
}
