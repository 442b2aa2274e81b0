package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/// Everything that an attempt, or whoever finds it lost, may write: one transaction a method, each under the
/// job's row lock and only while the attempt holds the job.
@Component
public class Attempts {

    private static final Logger log = LoggerFactory.getLogger(Attempts.class);

    /// A job that failed for a passing reason waits this long for each failure so far.
    private static final Duration BACKOFF = Duration.ofSeconds(5);

    /// What is wrong with storage takes a person; four times as long after each such end in a row.
    private static final Duration STORAGE_BACKOFF = Duration.ofMinutes(1);

    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(30);

    /// After finding that another attempt holds the job.
    private static final Duration LOOK_AGAIN = Duration.ofSeconds(30);

    private final JobRepository jobs;
    private final AttemptRepository attempts;
    private final JobEvents events;
    private final QueueEntries entries;
    private final JobMeters meters;
    private final Clock clock;

    Attempts(
            JobRepository jobs,
            AttemptRepository attempts,
            JobEvents events,
            QueueEntries entries,
            JobMeters meters,
            Clock clock) {
        this.jobs = jobs;
        this.attempts = attempts;
        this.events = events;
        this.entries = entries;
        this.meters = meters;
        this.clock = clock;
    }

    /// Gives the job to a worker, if it still waits at this place and the scheduler's entry for the place is
    /// still picked under this lease: a worker that slept since its pick has lost it to another.
    ///
    /// @param lease version of the scheduler's row, by which the loss of exactly this attempt is told later
    @Transactional
    public Optional<Job> start(Place place, long lease, Seat seat) {
        Optional<Job> waiting = jobs.findWaiting(place.job(), place.entry()).filter(job -> entries.holds(job, lease));
        waiting.ifPresent(job -> {
            Instant now = clock.instant();
            job.queuedAt().ifPresent(since -> meters.started(job.pool(), Duration.between(since, now)));
            job.start(lease, now);
            Attempt attempt = attempts.save(new Attempt(job, seat, now));
            events.append(
                    job,
                    "attempt.started",
                    EventLevel.INFO,
                    "Attempt " + attempt.number() + " started on " + seat.node() + ".",
                    about(attempt));
            events.moved(job);
        });
        return waiting;
    }

    /// Model and data are in memory. A job that is to pause or to end meanwhile keeps that state.
    @Transactional
    public void running(UUID id, int number) {
        Job job = fenced(id, number);
        if (job.state() == JobState.STARTING) {
            run(job);
        }
    }

    @Transactional
    public void write(UUID id, int number, Consumer<FencedWrite> writes) {
        Job job = fenced(id, number);
        writes.accept(new Write(job, attempt(job), events));
    }

    /// Notes that the attempt is alive and how far it is.
    ///
    /// @return what is asked of it; empty if it no longer holds the job
    @Transactional
    public Optional<Beat> beat(UUID id, int number, @Nullable Progress reached) {
        return jobs.findFenced(id, number).map(job -> {
            account(job, attempt(job));
            if (reached != null) {
                job.advance(reached);
            }
            return new Beat(job.state(), job.timeLimitReached());
        });
    }

    /// Ends the attempt. What was asked meanwhile comes first: a cancelled job never succeeds, and a job that
    /// shall pause does not go back into the queue.
    ///
    /// @return where the job went; empty if the attempt no longer held it
    @Transactional
    public Optional<JobState> end(UUID id, int number, AttemptEnd end, StopCause cause, @Nullable Progress reached) {
        return jobs.findFenced(id, number).map(job -> {
            if (reached != null) {
                job.advance(reached);
            }
            account(job, attempt(job));
            settle(job, end, cause);
            return job.state();
        });
    }

    /// Ends the attempt that came from this pick of the scheduler, because its heartbeat stopped, and gives
    /// the pick up. Several nodes may find the same loss; one of them ends the attempt.
    @Transactional
    public void lose(Place place, long lease) {
        jobs.findLeased(place.job(), place.entry(), lease).ifPresent(this::lose);
        giveUp(place, lease);
    }

    /// Gives up a pick of the scheduler whose attempt has ended or never began. The entry stays as long as
    /// the job needs it: a job that waits here is picked again, and one that another attempt holds from here
    /// is looked at again later. Does nothing if somebody else has picked the entry since.
    @Transactional
    public void giveUp(Place place, long lease) {
        jobs.findLocked(place.job()).ifPresent(job -> {
            boolean here = job.place().equals(place);
            if (here && job.state() == JobState.QUEUED) {
                entries.release(job.pool(), place, lease, null);
            } else if (!here || !job.state().held()) {
                entries.remove(job.pool(), place, lease);
            } else if (job.lease() != lease) {
                entries.release(job.pool(), place, lease, clock.instant().plus(LOOK_AGAIN));
            }
        });
    }

    /// Ends an attempt whose worker is known to be gone, and removes the place it held.
    @Transactional
    public void lose(UUID id, int number) {
        jobs.findFenced(id, number).ifPresent(job -> {
            entries.removeHeld(job);
            lose(job);
        });
    }

    private void lose(Job job) {
        log.warn("Attempt {} at job {} has lost its worker", job.attempt(), Ids.job(job.id()));
        settle(job, new AttemptEnd.Failed(StatusReason.WORKER_LOST, "The worker stopped answering."), StopCause.NONE);
    }

    private void settle(Job job, AttemptEnd end, StopCause cause) {
        Attempt attempt = attempt(job);
        if (job.state() == JobState.CANCELLING) {
            String reason =
                    end instanceof AttemptEnd.Failed failed ? failed.reason().name() : "CANCELLED";
            conclude(job, attempt, reason, null, JobState.CANCELLED, StatusReason.USER_CANCELLED, null);
            return;
        }
        switch (end) {
            case AttemptEnd.Finished() -> {
                if (job.state() == JobState.STARTING) {
                    run(job);
                }
                conclude(job, attempt, "FINISHED", null, JobState.SUCCEEDED, null, null);
            }
            case AttemptEnd.Stopped() -> stopped(job, attempt, cause);
            case AttemptEnd.Failed(StatusReason reason, String message) -> failed(job, attempt, reason, message);
        }
    }

    private void stopped(Job job, Attempt attempt, StopCause cause) {
        if (cause == StopCause.TIME_LIMIT) {
            String message = "The job has used its " + job.maxSeconds().orElseThrow() + " seconds of device time.";
            failed(job, attempt, StatusReason.TIME_LIMIT_EXCEEDED, message);
        } else if (job.state() == JobState.PAUSING) {
            conclude(job, attempt, "PAUSED", null, JobState.PAUSED, StatusReason.USER_PAUSED, null);
        } else if (cause == StopCause.HAND_BACK) {
            requeue(job, attempt, StatusReason.HANDED_BACK, null, null);
        } else {
            failed(job, attempt, StatusReason.INTERNAL_ERROR, "The attempt stopped although nobody had asked it to.");
        }
    }

    private void failed(Job job, Attempt attempt, StatusReason reason, String message) {
        if (!reason.retryable()) {
            conclude(job, attempt, reason.name(), message, JobState.FAILED, reason, message);
            return;
        }
        if (reason.costsAFailure()) {
            job.fail();
        }
        if (job.state() == JobState.PAUSING) {
            conclude(job, attempt, reason.name(), message, JobState.PAUSED, StatusReason.USER_PAUSED, null);
        } else if (!reason.costsAFailure() || (job.failures() < job.maxFailures() && !unforeseenAgain(job, reason))) {
            requeue(job, attempt, reason, message, earliest(job, reason));
        } else {
            String gaveUp = "Gave up after " + job.failures() + " failures, the last: " + message;
            conclude(job, attempt, reason.name(), message, JobState.FAILED, StatusReason.RETRY_LIMIT_EXCEEDED, gaveUp);
        }
    }

    private boolean unforeseenAgain(Job job, StatusReason reason) {
        return reason == StatusReason.INTERNAL_ERROR
                && endReasons(job).stream().anyMatch(earlier -> earlier == StatusReason.INTERNAL_ERROR);
    }

    private @Nullable Instant earliest(Job job, StatusReason reason) {
        if (reason == StatusReason.WORKER_LOST) {
            return null;
        }
        Duration pause = BACKOFF.multipliedBy(Math.max(1, job.failures()));
        if (reason.aboutStorage()) {
            long inARow = endReasons(job).reversed().stream()
                    .takeWhile(StatusReason::aboutStorage)
                    .count();
            pause = STORAGE_BACKOFF.multipliedBy(1L << Math.min(2 * inARow, 10));
        }
        return clock.instant().plus(pause.compareTo(LONGEST_BACKOFF) < 0 ? pause : LONGEST_BACKOFF);
    }

    /// Why the attempts before the present one failed, oldest first.
    private List<StatusReason> endReasons(Job job) {
        return attempts.findByJobIdOrderByNumber(job.id()).stream()
                .filter(earlier -> earlier.number() < job.attempt())
                .flatMap(earlier -> earlier.error().map(JobError::code).stream())
                .toList();
    }

    /// The job keeps the time since which it waits, and with it its turn.
    private void requeue(
            Job job, Attempt attempt, StatusReason reason, @Nullable String message, @Nullable Instant earliest) {
        conclude(job, attempt, reason.name(), message, JobState.QUEUED, reason, message);
        job.enterQueue(job.queuedAt().orElse(job.createdAt()), earliest);
        entries.enter(job);
    }

    private void conclude(
            Job job,
            Attempt attempt,
            String endReason,
            @Nullable String error,
            JobState next,
            @Nullable StatusReason reason,
            @Nullable String message) {
        Instant now = clock.instant();
        attempt.end(endReason, error, now);
        meters.ended(attempt.endReason().orElseThrow());
        Map<String, @Nullable Object> data = about(attempt);
        data.put("end_reason", attempt.endReason().orElseThrow());
        String text =
                "Attempt " + attempt.number() + " ended: " + attempt.endReason().orElseThrow() + ".";
        EventLevel level = error == null ? EventLevel.INFO : EventLevel.WARNING;
        events.append(job, "attempt.ended", level, text, data);
        job.become(next, reason, message, now);
        events.moved(job);
    }

    private void run(Job job) {
        job.become(JobState.RUNNING, clock.instant());
        events.moved(job);
    }

    /// Device time is counted from beat to beat, so that of a lost attempt only the last stretch is missing.
    private void account(Job job, Attempt attempt) {
        Instant now = clock.instant();
        job.spend(Duration.between(attempt.lastHeartbeatAt(), now));
        attempt.beat(now);
    }

    private Job fenced(UUID id, int number) {
        return jobs.findFenced(id, number).orElseThrow(() -> new FencedException(id, number));
    }

    private Attempt attempt(Job job) {
        return attempts.findByJobIdAndNumber(job.id(), job.attempt()).orElseThrow();
    }

    private static Map<String, @Nullable Object> about(Attempt attempt) {
        var data = new LinkedHashMap<String, @Nullable Object>();
        data.put("attempt", attempt.number());
        data.put("worker_id", Ids.worker(attempt.workerId()));
        data.put("device_name", attempt.deviceName());
        return data;
    }

    /// What a beat brings back.
    public record Beat(JobState state, boolean timeLimitReached) {}

    private record Write(Job job, Attempt attempt, JobEvents events) implements FencedWrite {

        @Override
        public void event(String type, EventLevel level, String message, Map<String, ? extends @Nullable Object> data) {
            events.append(job, type, level, message, data);
        }

        @Override
        public void phase(String name) {
            job.enterPhase(name);
        }

        @Override
        public void progress(Progress reached) {
            job.advance(reached);
        }

        @Override
        public void latestCheckpoint(UUID checkpoint) {
            job.saved(checkpoint);
        }

        @Override
        public void environment(Map<String, ? extends @Nullable Object> description, String precision) {
            attempt.runsIn(description, precision);
            job.decidePrecision(precision);
        }

        @Override
        public void peaks(@Nullable Long deviceBytes, @Nullable Long hostBytes) {
            attempt.peaks(deviceBytes, hostBytes);
        }
    }
}
