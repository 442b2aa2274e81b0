package dev.palimpsest.workers;

import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.Execution;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.Attempts;
import dev.palimpsest.jobs.FailureText;
import dev.palimpsest.jobs.FencedException;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobEvents;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.Place;
import dev.palimpsest.jobs.QueueEntries;
import dev.palimpsest.jobs.Seat;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.postgres.DatabaseTrouble;
import dev.palimpsest.settings.Ids;
import java.time.Duration;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// One attempt as a task of the scheduler: take the job, run it, write how it ended. And what is to be done
/// when its worker was lost.
///
/// The scheduler only decides who runs when. What it thinks of a job is never asked: a job that does not wait
/// at exactly the place of the entry is not run, nor is one whose entry has been picked anew since.
final class AttemptTask {

    private static final Logger log = LoggerFactory.getLogger(AttemptTask.class);

    private final String pool;
    private final Queue<Seat> seats;
    private final Attempts attempts;
    private final JobEvents events;
    private final JobHandler handler;
    private final Duration cutOffAfter;
    private final StorageGate gate;
    private final BooleanSupplier databaseWasAway;
    private final Set<LiveAttempt> live = ConcurrentHashMap.newKeySet();
    private volatile @Nullable Duration handBackPatience;

    /// @param seats of the pool, shared with its other tasks
    /// @param databaseWasAway lately, so that missed heartbeats say nothing
    AttemptTask(
            String pool,
            Queue<Seat> seats,
            Attempts attempts,
            JobEvents events,
            JobHandler handler,
            Duration cutOffAfter,
            StorageGate gate,
            BooleanSupplier databaseWasAway) {
        this.pool = pool;
        this.seats = seats;
        this.attempts = attempts;
        this.events = events;
        this.handler = handler;
        this.cutOffAfter = cutOffAfter;
        this.gate = gate;
        this.databaseWasAway = databaseWasAway;
    }

    Task<Void> task() {
        return Tasks.custom(QueueEntries.task(pool))
                .onFailure(this::lost)
                .onDeadExecution(this::dead)
                .execute((_, context) -> execute(context.getExecution()));
    }

    /// Asks every running attempt to give its job back, and starts no other.
    ///
    /// @param patience after which an attempt has to stop between two steps
    void handBack(Duration patience) {
        handBackPatience = patience;
        live.forEach(attempt -> attempt.handBack(patience));
    }

    private CompletionHandler<Void> execute(Execution execution) {
        var place = Place.parse(execution.taskInstance.getId());
        Seat seat = seats.remove(); // there is one for each thread
        try {
            if (handBackPatience == null && !gate.shut()) {
                attempts.start(place, execution.version, seat)
                        .ifPresentOrElse(
                                job -> run(job, seat),
                                () -> log.info(
                                        "Job {} no longer waits at place {} for pick {}",
                                        Ids.job(place.job()),
                                        place.entry(),
                                        execution.version));
            }
            attempts.giveUp(place, execution.version);
            return AttemptTask::settled;
        } finally {
            seats.add(seat);
        }
    }

    private void run(Job job, Seat seat) {
        MDC.put("job", Ids.job(job.id()));
        MDC.put("attempt", Integer.toString(job.attempt()));
        var attempt = new LiveAttempt(attempts, job, seat, events.watch(job.id()), cutOffAfter);
        live.add(attempt);
        try (attempt) {
            Duration patience = handBackPatience;
            if (patience != null) {
                attempt.handBack(patience);
            }
            AttemptEnd end = call(attempt);
            attempt.close();
            if (!attempt.cutOff()) {
                end(attempt, end);
            }
        } catch (FencedException e) {
            log.info("{}", e.getMessage());
        } finally {
            live.remove(attempt);
            MDC.remove("job");
            MDC.remove("attempt");
        }
    }

    private AttemptEnd call(LiveAttempt attempt) {
        try {
            return handler.run(attempt);
        } catch (FencedException e) {
            throw e;
        } catch (InterruptedException e) {
            return new AttemptEnd.Stopped(); // the scheduler has no more patience; the flag would break the last write
        } catch (Exception | Error e) {
            DatabaseTrouble trouble = DatabaseTrouble.of(e).orElse(null);
            if (trouble != null) {
                log.warn("{} gives its job back: {} {}", attempt, trouble.sentence(), e.toString());
                StatusReason reason = switch (trouble) {
                    case AWAY -> StatusReason.DATABASE_UNAVAILABLE;
                    case FULL -> StatusReason.DISK_FULL;
                };
                return new AttemptEnd.Failed(reason, trouble.sentence());
            }
            log.error("{} failed unexpectedly", attempt, e);
            return new AttemptEnd.Failed(StatusReason.INTERNAL_ERROR, FailureText.unexpected("attempt", e));
        }
    }

    private static void end(LiveAttempt attempt, AttemptEnd end) {
        Optional<JobState> state = attempt.end(end);
        log.info("{} ended: {}", attempt, state.map(JobState::wire).orElse("another attempt holds the job"));
    }

    /// A heartbeat also stops when the database was away; then its worker writes the next one now.
    private void dead(ExecutionComplete complete, ExecutionOperations<Void> operations) {
        if (!databaseWasAway.getAsBoolean()) {
            lost(complete, operations);
        }
    }

    /// Runs on any node that knows the pool, when a heartbeat stopped or the database refused a write.
    private void lost(ExecutionComplete complete, ExecutionOperations<Void> operations) {
        Execution execution = complete.getExecution();
        attempts.lose(Place.parse(execution.taskInstance.getId()), execution.version);
    }

    /// The entry has been settled in the transaction that looked at the job. The scheduler could only do it
    /// in one of its own, and a start in between would lose its entry.
    private static void settled(ExecutionComplete complete, ExecutionOperations<Void> operations) {}
}
