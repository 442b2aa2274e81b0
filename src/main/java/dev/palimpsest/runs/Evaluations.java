package dev.palimpsest.runs;

import dev.palimpsest.experiments.LimitSettings;
import dev.palimpsest.experiments.Rows;
import dev.palimpsest.jobs.EventLevel;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork.Hold;
import dev.palimpsest.workers.SlotWork.Turn;
import jakarta.persistence.criteria.Predicate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.data.jpa.domain.Specification;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.JsonNode;

/// Evaluations of checkpoints: created, listed, and moved by the worker that holds them. A move and its event
/// are one transaction.
@Service
public class Evaluations {

    /// The scheduler's name for this work, before the pool.
    static final String WORK = "evaluate";

    private final EvaluationRepository evaluations;
    private final EvaluationCheck check;
    private final JobRepository jobs;
    private final JobQueue events;
    private final SlotQueue slots;
    private final LimitSettings limits;
    private final Clock clock;

    Evaluations(
            EvaluationRepository evaluations,
            EvaluationCheck check,
            JobRepository jobs,
            JobQueue events,
            SlotQueue slots,
            LimitSettings limits,
            Clock clock) {
        this.evaluations = evaluations;
        this.check = check;
        this.jobs = jobs;
        this.events = events;
        this.slots = slots;
        this.limits = limits;
        this.clock = clock;
    }

    /// Stores an evaluation and lets it wait for a slot of the kind that the job ran on: other devices may
    /// count otherwise.
    ///
    /// @throws RequestRefusedException with every fault of the request
    @Transactional
    public Evaluation create(CheckpointRow checkpoint, JsonNode body, String owner) {
        Job job = jobs.findById(checkpoint.jobId()).orElseThrow(() -> new NoSuchJobException(checkpoint.jobId()));
        EvaluationCheck.Checked checked = check.check(body, checkpoint, job);
        checkQueue();
        Evaluation stored = evaluations.save(
                new Evaluation(Ids.next(), checkpoint, checked.request(), checked.other(), owner, clock.instant()));
        slots.enter(WORK, job.pool(), stored.id());
        return stored;
    }

    private void checkQueue() {
        long waiting = evaluations.countByStateIn(Set.of(OperationState.QUEUED, OperationState.RUNNING));
        if (waiting >= limits.unfinishedJobs()) {
            throw new RequestRefusedException(
                    429,
                    "queue_full",
                    "",
                    "There are %d unfinished evaluations and at most %d (palimpsest.limits.unfinished-jobs)."
                            .formatted(waiting, limits.unfinishedJobs()));
        }
    }

    @Transactional(readOnly = true)
    public Optional<Evaluation> find(UUID id) {
        return evaluations.findById(id);
    }

    /// One page; an empty list of values means any, several mean one of them.
    ///
    /// @param after the last one seen; empty at the beginning
    @Transactional(readOnly = true)
    public List<Evaluation> list(
            List<UUID> checkpoints, List<OperationState> states, @Nullable UUID after, boolean ascending, int limit) {
        Specification<Evaluation> wanted = (row, _, build) -> {
            var all = new ArrayList<Predicate>();
            Rows.in(row.get("checkpointId"), checkpoints, all);
            Rows.in(row.get("state"), states, all);
            return build.and(all.toArray(Predicate[]::new));
        };
        return Rows.page(evaluations, wanted, after, ascending, limit);
    }

    /// The evaluation, if this turn still stands and something is left to do; it runs from here on. Whoever
    /// had it before is lost: the pick has gone to this turn.
    @Transactional
    Optional<Evaluation> begin(Turn turn) {
        Evaluation row = evaluations.findLocked(turn.id()).orElse(null);
        if (row == null || !slots.holds(WORK, turn)) {
            return Optional.empty();
        }
        if (row.state() == OperationState.RUNNING) {
            lose(row);
        }
        return row.begin(turn.lease()) ? Optional.of(row) : Optional.empty();
    }

    @Transactional
    void waitAgain(Turn turn) {
        held(turn.id(), turn.lease(), Evaluation::waitAgain);
    }

    @Transactional
    void succeed(Turn turn, MeasuredRow counts) {
        held(turn.id(), turn.lease(), row -> {
            row.succeed(counts, clock.instant());
            tell(row);
        });
    }

    /// @param detail one sentence for a person
    @Transactional
    void fail(Turn turn, StatusReason reason, String detail) {
        held(turn.id(), turn.lease(), row -> {
            row.fail(reason, detail, clock.instant());
            tell(row);
        });
    }

    @Transactional
    void lose(UUID id, long lease) {
        held(id, lease, this::lose);
    }

    private void lose(Evaluation row) {
        row.lose(clock.instant());
        if (row.finishedAt().isPresent()) {
            tell(row);
        }
    }

    @Transactional(readOnly = true)
    List<Hold> held() {
        return evaluations.findByState(OperationState.RUNNING).stream()
                .map(row -> new Hold(
                        row.id(), jobs.findById(row.jobId()).orElseThrow().pool(), row.lease()))
                .toList();
    }

    /// What a worker writes that no longer holds the evaluation is dropped.
    private void held(UUID id, long lease, Consumer<Evaluation> change) {
        evaluations.findLocked(id).filter(row -> row.heldBy(lease)).ifPresent(change);
    }

    private void tell(Evaluation row) {
        boolean failed = row.state() == OperationState.FAILED;
        events.tell(
                row.jobId(),
                "evaluation.completed",
                failed ? EventLevel.WARNING : EventLevel.INFO,
                "Evaluation %s of checkpoint %s has %s."
                        .formatted(
                                Ids.evaluation(row.id()),
                                Ids.checkpoint(row.checkpointId()),
                                row.state().wire()),
                Map.of(
                        "evaluation_id",
                        Ids.evaluation(row.id()),
                        "status",
                        row.state().wire(),
                        "checkpoint_id",
                        Ids.checkpoint(row.checkpointId()),
                        "protocol",
                        row.protocol().wire(),
                        "leaks_task_identity",
                        row.protocol().leaksTaskIdentity()));
    }
}
