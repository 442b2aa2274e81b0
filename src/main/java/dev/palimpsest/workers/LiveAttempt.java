package dev.palimpsest.workers;

import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.Attempts;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.FencedWrite;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.JobWatch;
import dev.palimpsest.jobs.Progress;
import dev.palimpsest.jobs.Seat;
import dev.palimpsest.jobs.StopAsk;
import dev.palimpsest.settings.Ids;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.transaction.CannotCreateTransactionException;

/// The attempt that a thread of this process is working at: what its handler sees, and a virtual thread
/// beside it that writes progress once a second and brings back what is asked.
final class LiveAttempt implements JobContext, AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(LiveAttempt.class);
    private static final Duration INTERVAL = Duration.ofSeconds(1);
    private static final Duration WAIT_AT_THE_END = Duration.ofSeconds(10);

    private final Attempts attempts;
    private final Job job;
    private final Seat seat;
    private final Duration cutOffAfter;
    private final JobWatch watch;
    private final Thread companion;

    private volatile @Nullable Progress progress;
    private volatile StopLadder ladder = StopLadder.FOOT;
    private volatile boolean ended;
    private volatile boolean cutOff;

    /// @param job as it was stored when the attempt started
    /// @param cutOffAfter how long the handler may go on after it was asked to stop at once
    LiveAttempt(Attempts attempts, Job job, Seat seat, JobWatch watch, Duration cutOffAfter) {
        this.attempts = attempts;
        this.job = job;
        this.seat = seat;
        this.watch = watch;
        this.cutOffAfter = cutOffAfter;
        this.companion = Thread.ofVirtual()
                .name("attempt-" + job.attempt() + "-" + Ids.job(job.id()))
                .start(this::accompany);
    }

    @Override
    public Job job() {
        return job;
    }

    @Override
    public int attempt() {
        return job.attempt();
    }

    @Override
    public UUID workerId() {
        return seat.worker();
    }

    @Override
    public Device device() {
        return seat.device();
    }

    @Override
    public StopAsk stop() {
        return ladder.ask();
    }

    @Override
    public void running() {
        write(() -> attempts.running(job.id(), job.attempt()));
    }

    @Override
    public void progress(Progress reached) {
        progress = reached;
    }

    @Override
    public void write(Consumer<FencedWrite> writes) {
        write(() -> attempts.write(job.id(), job.attempt(), writes));
    }

    /// A write that never began may begin later; of one that was cut off nobody knows whether it was done.
    private void write(Runnable transaction) {
        PatientWrite.repeat(
                () -> {
                    transaction.run();
                    return true;
                },
                CannotCreateTransactionException.class::isInstance,
                () -> stop() == StopAsk.STOP_NOW || handBackIsOver());
    }

    /// Writes how it ended, in the name of this attempt.
    ///
    /// @return where the job went; empty if the attempt no longer held it
    Optional<JobState> end(AttemptEnd end) {
        return PatientWrite.untilTaken(
                () -> attempts.end(job.id(), job.attempt(), end, ladder.cause(), progress), this::handBackIsOver);
    }

    /// A node that stops does not wait long for a database that is away.
    private boolean handBackIsOver() {
        return ladder.handedBackFor(WAIT_AT_THE_END, System.nanoTime());
    }

    /// Whether the attempt was ended in the tables while its thread went on.
    boolean cutOff() {
        return cutOff;
    }

    /// Asks the attempt to give the job back, at a safe point if one comes in time.
    ///
    /// @param patience after which it has to stop between two steps
    void handBack(Duration patience) {
        climb(now -> ladder.handBack(patience, now));
        watch.wake();
    }

    /// Ends the companion, and waits until it has written its last.
    @Override
    public void close() {
        ended = true;
        watch.wake();
        boolean interrupted = false;
        while (true) {
            try {
                companion.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        watch.close();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void accompany() {
        while (!ended) {
            try {
                watch.await(INTERVAL);
                if (!ended) {
                    beat();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException | Error e) {
                log.warn("{} could not write its progress: {}", this, e.toString());
            }
        }
    }

    private void beat() {
        climb(now -> ladder.at(now));
        Optional<Attempts.Beat> beat = attempts.beat(job.id(), job.attempt(), progress);
        if (beat.isEmpty()) {
            climb(now -> ladder.fenced(now));
            ended = true;
            return;
        }
        if (beat.get().timeLimitReached()) {
            climb(now -> ladder.timeLimit(now));
        }
        climb(now -> ladder.told(beat.get().state(), now));
        cutOffIfDeaf();
    }

    /// A thread that hangs in a native call cannot be ended. The job can: its thread keeps the slot until it
    /// returns.
    private void cutOffIfDeaf() {
        if (!ladder.deaf(cutOffAfter, System.nanoTime())) {
            return;
        }
        cutOff = true;
        ended = true;
        Optional<JobState> state =
                attempts.end(job.id(), job.attempt(), new AttemptEnd.Stopped(), ladder.cause(), progress);
        log.warn(
                "{} did not stop within {} and was ended; the job is {}, slot {} stays taken until the thread returns",
                this,
                cutOffAfter,
                state.map(JobState::wire).orElse("another attempt's"),
                seat.slot());
    }

    private synchronized void climb(LongFunction<StopLadder> step) {
        ladder = step.apply(System.nanoTime());
    }

    @Override
    public String toString() {
        return "Attempt " + job.attempt() + " at job " + Ids.job(job.id());
    }
}
