package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// What people ask of jobs: a state change, its event and its place in the queue are one transaction.
///
/// An action that the state does not allow is a [WrongStateException]; an unknown id a [NoSuchJobException].
@Service
public class JobQueue {

    private final JobRepository jobs;
    private final JobEvents events;
    private final QueueEntries entries;
    private final Clock clock;

    JobQueue(JobRepository jobs, JobEvents events, QueueEntries entries, Clock clock) {
        this.jobs = jobs;
        this.events = events;
        this.entries = entries;
        this.clock = clock;
    }

    /// Stores a new job and puts it into the queue.
    @Transactional
    public Job submit(NewJob asked) {
        return store(new Job(Ids.next(), asked, clock.instant()));
    }

    /// Asks for the end of a job. A waiting job ends here, a running one when its worker sees the request.
    @Transactional
    public ActionAnswer cancel(UUID id) {
        Job job = locked(id);
        return switch (job.state()) {
            case QUEUED -> {
                entries.leave(job);
                yield move(job, JobState.CANCELLED, StatusReason.USER_CANCELLED);
            }
            case PAUSED -> move(job, JobState.CANCELLED, StatusReason.USER_CANCELLED);
            case STARTING, RUNNING, PAUSING -> move(job, JobState.CANCELLING, StatusReason.USER_CANCELLED);
            case CANCELLING, CANCELLED -> new ActionAnswer(job, false);
            case SUCCEEDED, FAILED -> throw new WrongStateException(job, "cancelled");
        };
    }

    /// Asks a job to wait until it is resumed. A running one saves at its next safe point first.
    @Transactional
    public ActionAnswer pause(UUID id) {
        Job job = locked(id);
        return switch (job.state()) {
            case QUEUED -> {
                entries.leave(job);
                yield move(job, JobState.PAUSED, StatusReason.USER_PAUSED);
            }
            case STARTING, RUNNING -> move(job, JobState.PAUSING, StatusReason.USER_PAUSED);
            case PAUSING, PAUSED -> new ActionAnswer(job, false);
            case CANCELLING, SUCCEEDED, FAILED, CANCELLED -> throw new WrongStateException(job, "paused");
        };
    }

    /// Puts a paused job back into the queue, at its end.
    @Transactional
    public Job resume(UUID id) {
        Job job = locked(id);
        if (job.state() != JobState.PAUSED) {
            throw new WrongStateException(job, "resumed");
        }
        events.append(job, "job.resumed", EventLevel.INFO, "The job was resumed.", Map.of());
        Instant now = clock.instant();
        job.become(JobState.QUEUED, now);
        enter(job, now);
        return job;
    }

    /// Makes a new job of one that failed or was cancelled.
    ///
    /// @param fromStart false to go on from the newest checkpoint
    @Transactional
    public Job retry(UUID id, boolean fromStart) {
        Job job = locked(id);
        return switch (job.state()) {
            case FAILED, CANCELLED -> store(job.retry(Ids.next(), fromStart, clock.instant()));
            case QUEUED, STARTING, RUNNING, PAUSING, PAUSED, CANCELLING, SUCCEEDED ->
                throw new WrongStateException(job, "retried");
        };
    }

    /// Tells something that belongs to a job and does not move it, also long after its end.
    ///
    /// @param type as `evaluation.completed`
    /// @param message one sentence for a person
    /// @param data in the form of the wire
    @Transactional
    public void tell(
            UUID id, String type, EventLevel level, String message, Map<String, ? extends @Nullable Object> data) {
        events.append(locked(id), type, level, message, data);
    }

    private Job store(Job job) {
        Job stored = jobs.save(job);
        events.append(stored, "job.created", EventLevel.INFO, "The job was created.", Map.of());
        enter(stored, stored.createdAt());
        return stored;
    }

    private void enter(Job job, Instant now) {
        job.enterQueue(now, null);
        events.moved(job);
        entries.enter(job);
    }

    private ActionAnswer move(Job job, JobState next, StatusReason reason) {
        job.become(next, reason, null, clock.instant());
        events.moved(job);
        return new ActionAnswer(job, next.held());
    }

    private Job locked(UUID id) {
        return jobs.findLocked(id).orElseThrow(() -> new NoSuchJobException(id));
    }
}
