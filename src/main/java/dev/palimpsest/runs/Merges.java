package dev.palimpsest.runs;

import dev.palimpsest.experiments.LimitSettings;
import dev.palimpsest.jobs.EventLevel;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.training.ModelMerge;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork.Turn;
import java.time.Clock;
import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.JsonNode;

/// Merges of checkpoints.
@Service
public class Merges extends Operations<CheckpointMerge> {

    /// The scheduler's name for this work, before the pool.
    static final String WORK = "merge";

    private final MergeCheck check;
    private final JobQueue events;
    private final CheckpointLibrary library;
    private final Clock clock;

    Merges(
            MergeRepository merges,
            MergeCheck check,
            JobRepository jobs,
            JobQueue events,
            SlotQueue slots,
            CheckpointLibrary library,
            LimitSettings limits,
            Clock clock) {
        super(WORK, "merges", merges, jobs, slots, limits, clock);
        this.check = check;
        this.events = events;
        this.library = library;
        this.clock = clock;
    }

    /// Stores a merge and lets it wait for a slot of the kind that the job of its first source ran on.
    ///
    /// @throws RequestRefusedException with every fault of the request
    @Transactional
    public CheckpointMerge create(JsonNode body, String owner) {
        MergeCheck.Checked checked = check.check(body);
        requireRoom();
        return enter(
                new CheckpointMerge(Ids.next(), checked.request(), checked.checkpoints(), owner, clock.instant()),
                job(checked.checkpoints().getFirst().jobId()));
    }

    /// Writes that it has succeeded, and the row of the checkpoint that it made.
    ///
    /// @return whether the turn still held the merge; if not, nothing knows the checkpoint
    @Transactional
    boolean succeed(Turn turn, ModelMerge.Merged merged, CheckpointMerge.Single single) {
        return succeed(turn, row -> {
            CheckpointRow kept = library.keepMerged(row.jobId(), row.id(), merged.checkpoint());
            row.succeed(kept, merged.counts(), single, clock.instant());
        });
    }

    @Override
    void tell(CheckpointMerge row) {
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
