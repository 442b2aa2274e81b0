package dev.palimpsest.runs;

import dev.palimpsest.experiments.LimitSettings;
import dev.palimpsest.jobs.EventLevel;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork.Turn;
import java.time.Clock;
import java.util.Map;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;
import tools.jackson.databind.JsonNode;

/// Evaluations of checkpoints.
@Service
public class Evaluations extends Operations<Evaluation> {

    /// The scheduler's name for this work, before the pool.
    static final String WORK = "evaluate";

    private final EvaluationCheck check;
    private final JobQueue events;
    private final Clock clock;

    Evaluations(
            EvaluationRepository evaluations,
            EvaluationCheck check,
            JobRepository jobs,
            JobQueue events,
            SlotQueue slots,
            LimitSettings limits,
            Clock clock) {
        super(WORK, "evaluations", evaluations, jobs, slots, limits, clock);
        this.check = check;
        this.events = events;
        this.clock = clock;
    }

    /// Stores an evaluation and lets it wait for a slot of the kind that the job ran on: other devices may
    /// count otherwise.
    ///
    /// @throws RequestRefusedException with every fault of the request
    @Transactional
    public Evaluation create(CheckpointRow checkpoint, JsonNode body, String owner) {
        Job job = job(checkpoint.jobId());
        EvaluationCheck.Checked checked = check.check(body, checkpoint, job);
        requireRoom();
        return enter(
                new Evaluation(Ids.next(), checkpoint, checked.request(), checked.other(), owner, clock.instant()),
                job);
    }

    @Transactional
    void succeed(Turn turn, MeasuredRow counts) {
        succeed(turn, row -> row.succeed(counts, clock.instant()));
    }

    @Override
    void tell(Evaluation row) {
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
