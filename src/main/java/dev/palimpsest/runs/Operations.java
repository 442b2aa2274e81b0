package dev.palimpsest.runs;

import dev.palimpsest.experiments.LimitSettings;
import dev.palimpsest.experiments.Rows;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork.Hold;
import dev.palimpsest.workers.SlotWork.Turn;
import jakarta.persistence.criteria.Predicate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.domain.Specification;
import org.springframework.transaction.annotation.Transactional;

/// Operations of one kind: put into the queue, listed, and moved under the lease of the turn that holds them. What a
/// worker writes that no longer holds its operation is dropped. A move and its event are one transaction.
public abstract class Operations<O extends Operation> {

    private final String work;
    private final String words;
    private final OperationRepository<O> rows;
    private final JobRepository jobs;
    private final SlotQueue slots;
    private final LimitSettings limits;
    private final Clock clock;

    /// @param work the scheduler's name, before the pool
    /// @param words several of them, in messages
    Operations(
            String work,
            String words,
            OperationRepository<O> rows,
            JobRepository jobs,
            SlotQueue slots,
            LimitSettings limits,
            Clock clock) {
        this.work = work;
        this.words = words;
        this.rows = rows;
        this.jobs = jobs;
        this.slots = slots;
        this.limits = limits;
        this.clock = clock;
    }

    /// Hears of every operation that has come to its end.
    abstract void tell(O row);

    /// @throws RequestRefusedException if too many wait
    void requireRoom() {
        long waiting = rows.countByStateIn(Set.of(OperationState.QUEUED, OperationState.RUNNING));
        if (waiting >= limits.unfinishedJobs()) {
            throw new RequestRefusedException(
                    429,
                    "queue_full",
                    "",
                    "There are %d unfinished %s and at most %d (palimpsest.limits.unfinished-jobs)."
                            .formatted(waiting, words, limits.unfinishedJobs()));
        }
    }

    Job job(UUID id) {
        return jobs.findById(id).orElseThrow(() -> new NoSuchJobException(id));
    }

    /// Stores an operation and lets it wait for a slot of the kind that the job ran on.
    O enter(O row, Job job) {
        O stored = rows.save(row);
        slots.enter(work, job.pool(), stored.id());
        return stored;
    }

    @Transactional(readOnly = true)
    public Optional<O> find(UUID id) {
        return rows.findById(id);
    }

    /// One page; an empty list of values means any, several mean one of them.
    ///
    /// @param checkpoints that were measured, or made
    /// @param after the last one seen; empty at the beginning
    @Transactional(readOnly = true)
    public List<O> list(
            List<UUID> checkpoints, List<OperationState> states, @Nullable UUID after, boolean ascending, int limit) {
        Specification<O> wanted = (row, _, build) -> {
            var all = new ArrayList<Predicate>();
            Rows.in(row.get("checkpointId"), checkpoints, all);
            Rows.in(row.get("state"), states, all);
            return build.and(all.toArray(Predicate[]::new));
        };
        return Rows.page(rows, wanted, after, ascending, limit);
    }

    /// The operation, if this turn still stands and something is left to do; it runs from here on. Whoever had it
    /// before is lost: the pick has gone to this turn.
    @Transactional
    Optional<O> begin(Turn turn) {
        O row = rows.findLocked(turn.id()).orElse(null);
        if (row == null || !slots.holds(work, turn)) {
            return Optional.empty();
        }
        if (row.state() == OperationState.RUNNING) {
            lose(row);
        }
        return row.begin(turn.lease()) ? Optional.of(row) : Optional.empty();
    }

    @Transactional
    void waitAgain(Turn turn) {
        holding(turn.id(), turn.lease()).ifPresent(Operation::waitAgain);
    }

    /// Writes, in the transaction of the caller, that it has succeeded.
    ///
    /// @return whether the turn still held it
    boolean succeed(Turn turn, Consumer<O> how) {
        Optional<O> row = holding(turn.id(), turn.lease());
        row.ifPresent(how.andThen(this::tell));
        return row.isPresent();
    }

    /// @param detail one sentence for a person
    @Transactional
    void fail(Turn turn, StatusReason reason, String detail) {
        holding(turn.id(), turn.lease()).ifPresent(row -> {
            row.fail(reason, detail, clock.instant());
            tell(row);
        });
    }

    @Transactional
    void lose(UUID id, long lease) {
        holding(id, lease).ifPresent(this::lose);
    }

    private void lose(O row) {
        row.lose(clock.instant());
        if (row.finishedAt().isPresent()) {
            tell(row);
        }
    }

    @Transactional(readOnly = true)
    List<Hold> held() {
        return rows.findByState(OperationState.RUNNING).stream()
                .map(row -> new Hold(row.id(), job(row.jobId()).pool(), row.lease()))
                .toList();
    }

    private Optional<O> holding(UUID id, long lease) {
        return rows.findLocked(id).filter(row -> row.heldBy(lease));
    }
}
