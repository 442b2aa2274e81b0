package dev.palimpsest.runs;

import dev.palimpsest.catalogue.Datasets;
import dev.palimpsest.catalogue.InputUnavailableException;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.experiments.JobPayload;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.training.MergedModel;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.StoredModel;
import dev.palimpsest.training.TrainingEngine;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/// Runs an evaluation: the plan of the job, the state of the checkpoint, in the numbers the job was run with. A merged
/// checkpoint has its plan in its manifest and the numbers of the job it stands with.
@Component
class EvaluationWork extends OperationWork<Evaluation, MeasuredRow> {

    private final Evaluations evaluations;
    private final JobRepository jobs;
    private final CheckpointLibrary library;
    private final Datasets datasets;
    private final RunEngines engines;

    EvaluationWork(
            Evaluations evaluations,
            JobRepository jobs,
            CheckpointLibrary library,
            Datasets datasets,
            RunEngines engines,
            ObjectProvider<TorchRuntime> runtime) {
        super(Evaluations.WORK, evaluations, runtime);
        this.evaluations = evaluations;
        this.jobs = jobs;
        this.library = library;
        this.datasets = datasets;
        this.engines = engines;
    }

    @Override
    void succeed(Turn turn, MeasuredRow result) {
        evaluations.succeed(turn, result);
    }

    @Override
    String id(UUID id) {
        return Ids.evaluation(id);
    }

    @Override
    Optional<MeasuredRow> result(Evaluation asked, Turn turn) throws IOException {
        Job job = jobs.findById(asked.jobId()).orElseThrow(() -> new NoSuchJobException(asked.jobId()));
        JobPayload payload = JobPayload.of(job);
        CheckpointRow row = row(asked);
        boolean merged = row.kind() == CheckpointManifest.Kind.MERGED;
        StoredCheckpoint checkpoint = library.open(row);
        try (Dataset own = datasets.open(payload.datasetId(), payload.plan().datasetSha256())) {
            List<LearningTask> tasks =
                    merged ? MergedModel.tasks(List.of(checkpoint.manifest()), own) : payload.tasksOf(own);
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
        StopRequest stop = RunEngines.stop(turn);
        JobPayload payload = model.payload();
        Device device = turn.device();
        if (model.checkpoint().manifest().kind() == CheckpointManifest.Kind.MERGED) {
            try (Backbone backbone = engines.load(device, payload)) {
                return MergedModel.evaluate(
                        model.checkpoint(),
                        engines.place(backbone, engines.mode(model.job(), device, payload), stop),
                        model.tasks(),
                        engines.pictures(model.images()),
                        asked.batchSize());
            }
        }
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
