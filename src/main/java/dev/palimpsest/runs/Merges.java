package dev.palimpsest.runs;

import dev.palimpsest.experiments.LimitSettings;
import dev.palimpsest.experiments.Rows;
import dev.palimpsest.jobs.EventLevel;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.training.ModelMerge;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork.Hold;
import dev.palimpsest.workers.SlotWork.Turn;
import jakarta.persistence.criteria.Predicate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

/// Merges of checkpoints: created, listed, and moved by the worker that holds them. A move, its event and the row of
/// the
/// checkpoint that was made are one transaction.
@Service
public class Merges {

    /// The scheduler's name for this work, before the pool.
    static final String WORK = "merge";

    private final MergeRepository merges;
    private final MergeCheck check;
    private final JobRepository jobs;
    private final JobQueue events;
    private final SlotQueue slots;
    private final CheckpointLibrary library;
    private final LimitSettings limits;
    private final Clock clock;
    private final HeldOperations<CheckpointMerge> moves;

    Merges(
            MergeRepository merges,
            MergeCheck check,
            JobRepository jobs,
            JobQueue events,
            SlotQueue slots,
            CheckpointLibrary library,
            LimitSettings limits,
            Clock clock) {
        this.merges = merges;
        this.check = check;
        this.jobs = jobs;
        this.events = events;
        this.slots = slots;
        this.library = library;
        this.limits = limits;
        this.clock = clock;
        this.moves = new HeldOperations<>(WORK, merges::findLocked, slots, clock, this::tell);
    }

    /// Stores a merge and lets it wait for a slot of the kind that the job of its first source ran on.
    ///
    /// @throws RequestRefusedException with every fault of the request
    @Transactional
    public CheckpointMerge create(JsonNode body, String owner) {
        MergeCheck.Checked checked = check.check(body);
        checkQueue();
        UUID jobId = checked.checkpoints().getFirst().jobId();
        Job job = jobs.findById(jobId).orElseThrow(() -> new NoSuchJobException(jobId));
        CheckpointMerge stored = merges.save(
                new CheckpointMerge(Ids.next(), checked.request(), checked.checkpoints(), owner, clock.instant()));
        slots.enter(WORK, job.pool(), stored.id());
        return stored;
    }

    private void checkQueue() {
        long waiting = merges.countByStateIn(Set.of(OperationState.QUEUED, OperationState.RUNNING));
        if (waiting >= limits.unfinishedJobs()) {
            throw new RequestRefusedException(
                    429,
                    "queue_full",
                    "",
                    "There are %d unfinished merges and at most %d (palimpsest.limits.unfinished-jobs)."
                            .formatted(waiting, limits.unfinishedJobs()));
        }
    }

    @Transactional(readOnly = true)
    public Optional<CheckpointMerge> find(UUID id) {
        return merges.findById(id);
    }

    /// One page; an empty list of values means any, several mean one of them.
    ///
    /// @param checkpoints that the merges made
    /// @param after the last one seen; empty at the beginning
    @Transactional(readOnly = true)
    public List<CheckpointMerge> list(
            List<UUID> checkpoints, List<OperationState> states, @Nullable UUID after, boolean ascending, int limit) {
        Specification<CheckpointMerge> wanted = (row, _, build) -> {
            var all = new ArrayList<Predicate>();
            Rows.in(row.get("checkpointId"), checkpoints, all);
            Rows.in(row.get("state"), states, all);
            return build.and(all.toArray(Predicate[]::new));
        };
        return Rows.page(merges, wanted, after, ascending, limit);
    }

    @Transactional
    Optional<CheckpointMerge> begin(Turn turn) {
        return moves.begin(turn);
    }

    @Transactional
    void waitAgain(Turn turn) {
        moves.waitAgain(turn);
    }

    /// Writes that it has succeeded.
    ///
    /// @return whether the turn still held the merge; if not, nothing knows the checkpoint
    @Transactional
    boolean succeed(Turn turn, ModelMerge.Merged merged, CheckpointMerge.Single single) {
        return moves.succeed(turn, row -> {
            CheckpointRow kept = library.keepMerged(row.jobId(), row.id(), merged.checkpoint());
            row.succeed(kept, merged.counts(), single, clock.instant());
        });
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
        return merges.findByState(OperationState.RUNNING).stream()
                .map(row -> new Hold(
                        row.id(), jobs.findById(row.jobId()).orElseThrow().pool(), row.lease()))
                .toList();
    }

    private void tell(CheckpointMerge row) {
        boolean failed = row.state() == OperationState.FAILED;
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("merge_id", Ids.merge(row.id()));
        data.put("status", row.state().wire());
        row.checkpointId().ifPresent(id -> data.put("checkpoint_id", Ids.checkpoint(id)));
        events.tell(
                row.jobId(),
                "merge.completed",
                failed ? EventLevel.WARNING : EventLevel.INFO,
                "Merge %s of %d checkpoints has %s."
                        .formatted(
                                Ids.merge(row.id()),
                                row.sources().size(),
                                row.state().wire()),
                data);
    }
}
