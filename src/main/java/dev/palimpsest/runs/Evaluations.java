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
    private final HeldOperations<Evaluation> moves;

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
        this.moves = new HeldOperations<>(WORK, evaluations::findLocked, slots, clock, this::tell);
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

    @Transactional
    Optional<Evaluation> begin(Turn turn) {
        return moves.begin(turn);
    }

    @Transactional
    void waitAgain(Turn turn) {
        moves.waitAgain(turn);
    }

    @Transactional
    void succeed(Turn turn, MeasuredRow counts) {
        moves.succeed(turn, row -> row.succeed(counts, clock.instant()));
    }

    @Transactional
    void fail(Turn turn, StatusReason reason, String detail) {
        moves.fail(turn, reason, detail);
    }

    @Transactional
    void lose(UUID id, long lease) {
        moves.lose(id, lease);
    }

    @Transactional(readOnly = true)
    List<Hold> held() {
        return evaluations.findByState(OperationState.RUNNING).stream()
                .map(row -> new Hold(
                        row.id(), jobs.findById(row.jobId()).orElseThrow().pool(), row.lease()))
                .toList();
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
