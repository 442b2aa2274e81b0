package dev.palimpsest.runs;

import dev.palimpsest.catalogue.Datasets;
import dev.palimpsest.catalogue.InputUnavailableException;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.experiments.JobPayload;
import dev.palimpsest.files.ReadInterruption;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.FailureText;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.postgres.DatabaseTrouble;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.StoredModel;
import dev.palimpsest.training.TrainingEngine;
import dev.palimpsest.workers.PatientWrite;
import dev.palimpsest.workers.SlotWork;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/// Runs an evaluation: the plan of the job, the state of the checkpoint, in the numbers the job was run with.
@Component
class EvaluationWork implements SlotWork {

    private static final Logger log = LoggerFactory.getLogger(EvaluationWork.class);

    private final Evaluations evaluations;
    private final JobRepository jobs;
    private final CheckpointLibrary library;
    private final Datasets datasets;
    private final RunEngines engines;
    private final ObjectProvider<TorchRuntime> runtime;

    EvaluationWork(
            Evaluations evaluations,
            JobRepository jobs,
            CheckpointLibrary library,
            Datasets datasets,
            RunEngines engines,
            ObjectProvider<TorchRuntime> runtime) {
        this.evaluations = evaluations;
        this.jobs = jobs;
        this.library = library;
        this.datasets = datasets;
        this.engines = engines;
        this.runtime = runtime;
    }

    @Override
    public String name() {
        return Evaluations.WORK;
    }

    @Override
    public boolean run(Turn turn) {
        Evaluation asked = evaluations.begin(turn).orElse(null);
        if (asked == null) {
            return true;
        }
        Optional<MeasuredRow> counts;
        try {
            runtime.getObject().prepare();
            counts = measure(asked, turn);
        } catch (Exception | Error failure) {
            if (ReadInterruption.causes(failure)) {
                return waitAgain(turn);
            }
            if (DatabaseTrouble.of(failure).isPresent()) {
                log.warn("Evaluation {} waits again", Ids.evaluation(turn.id()), failure);
                return waitAgain(turn);
            }
            log.warn("Evaluation {} failed", Ids.evaluation(turn.id()), failure);
            write(turn, () -> fail(turn, failure));
            return true;
        }
        if (counts.isEmpty()) {
            return waitAgain(turn);
        }
        write(turn, () -> evaluations.succeed(turn, counts.get()));
        return true;
    }

    private static void write(Turn turn, Runnable transaction) {
        PatientWrite.untilTaken(
                () -> {
                    transaction.run();
                    return true;
                },
                turn.stopping());
    }

    private boolean waitAgain(Turn turn) {
        Thread.interrupted(); // the flag would break the write
        write(turn, () -> evaluations.waitAgain(turn));
        return false;
    }

    @Override
    public void lost(UUID id, long lease) {
        evaluations.lose(id, lease);
    }

    @Override
    public List<Hold> held() {
        return evaluations.held();
    }

    private void fail(Turn turn, Throwable failure) {
        StatusReason foreseen = FailureReasons.of(failure).orElse(null);
        if (foreseen == null) {
            evaluations.fail(turn, StatusReason.INTERNAL_ERROR, FailureText.unexpected("evaluation", failure));
        } else {
            evaluations.fail(turn, foreseen, FailureReasons.detail(failure));
        }
    }

    private Optional<MeasuredRow> measure(Evaluation asked, Turn turn) throws IOException {
        Job job = jobs.findById(asked.jobId()).orElseThrow(() -> new NoSuchJobException(asked.jobId()));
        JobPayload payload = JobPayload.of(job);
        StoredCheckpoint checkpoint = library.open(row(asked));
        try (Dataset own = datasets.open(payload.datasetId(), payload.plan().datasetSha256())) {
            List<LearningTask> tasks = payload.tasksOf(own);
            String other = asked.datasetId().orElse(null);
            if (other == null) {
                return measure(asked, turn, new Model(job, payload, checkpoint, tasks, own));
            }
            try (Dataset images = datasets.open(other, asked.datasetSha256().orElseThrow())) {
                return measure(
                        asked, turn, new Model(job, payload, checkpoint, OtherTestSet.of(tasks, images), images));
            }
        }
    }

    private CheckpointRow row(Evaluation asked) {
        return library.find(asked.checkpointId())
                .orElseThrow(() -> new InputUnavailableException(
                        InputUnavailableException.Input.CHECKPOINT,
                        "Checkpoint %s is no longer kept.".formatted(Ids.checkpoint(asked.checkpointId()))));
    }

    /// @param images data set of the test images
    private record Model(
            Job job, JobPayload payload, StoredCheckpoint checkpoint, List<LearningTask> tasks, Dataset images) {}

    private Optional<MeasuredRow> measure(Evaluation asked, Turn turn, Model model) {
        StopRequest stop = () -> turn.stopping().getAsBoolean() ? StopRequest.Ask.STOP_NOW : StopRequest.Ask.GO_ON;
        JobPayload payload = model.payload();
        Device device = turn.device();
        try (ContinualMethod method = ContinualMethods.create(payload.plan().method());
                Backbone backbone = engines.load(device, payload);
                TrainingEngine engine = engines.open(
                        payload,
                        backbone,
                        model.images(),
                        model.tasks(),
                        engines.mode(model.job(), device, payload),
                        asked.batchSize(),
                        stop)) {
            return new StoredModel(model.checkpoint(), model.tasks())
                    .evaluate(engine, method, asked.protocol(), asked.batchSize());
        }
    }
}
