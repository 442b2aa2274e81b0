package dev.palimpsest.runs;

import dev.palimpsest.catalogue.Datasets;
import dev.palimpsest.catalogue.InputUnavailableException;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointManifest.CountRow;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.experiments.JobPayload;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobRepository;
import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.training.ModelMerge;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/// Runs a merge, in the numbers of the job of its first source.
@Component
class MergeWork extends OperationWork<CheckpointMerge, MergeWork.Outcome> {

    /// Test images decoded at once, as an evaluation takes them.
    private static final int BATCH = 256;

    /// @param single what each task's own source had counted on it
    record Outcome(ModelMerge.Merged merged, CheckpointMerge.Single single) {}

    private final Merges merges;
    private final JobRepository jobs;
    private final CheckpointLibrary library;
    private final CheckpointStore store;
    private final Datasets datasets;
    private final RunEngines engines;
    private final Clock clock;

    MergeWork(
            Merges merges,
            JobRepository jobs,
            CheckpointLibrary library,
            CheckpointStore store,
            Datasets datasets,
            RunEngines engines,
            Clock clock,
            ObjectProvider<TorchRuntime> runtime) {
        super(Merges.WORK, merges, runtime);
        this.merges = merges;
        this.jobs = jobs;
        this.library = library;
        this.store = store;
        this.datasets = datasets;
        this.engines = engines;
        this.clock = clock;
    }

    @Override
    Optional<Outcome> result(CheckpointMerge asked, Turn turn) throws IOException {
        Job job = jobs.findById(asked.jobId()).orElseThrow(() -> new NoSuchJobException(asked.jobId()));
        JobPayload payload = JobPayload.of(job);
        CheckpointKey key = new CheckpointKey(Ids.merge(asked.id()), asked.attempts(), Ids.checkpoint(Ids.next()));
        removeEarlier(key);
        ModelMerge merge = new ModelMerge(sources(asked), asked.rule(), asked.seed());
        Device device = turn.device();
        try (Dataset dataset = datasets.open(payload.datasetId(), payload.plan().datasetSha256());
                Backbone backbone = engines.load(device, payload)) {
            return merge.run(
                            engines.place(backbone, engines.mode(job, device, payload), RunEngines.stop(turn)),
                            dataset,
                            engines.pictures(dataset),
                            BATCH,
                            asked.evaluate(),
                            store,
                            key,
                            clock.instant())
                    .map(merged -> new Outcome(merged, single(merge)));
        }
    }

    /// What an attempt left that published its files and did not come to write their row.
    private void removeEarlier(CheckpointKey key) {
        store.list(key.jobId()).stream()
                .filter(other -> other.attempt() < key.attempt())
                .forEach(store::delete);
    }

    private List<ModelMerge.Source> sources(CheckpointMerge asked) {
        List<ModelMerge.Source> sources = new ArrayList<>();
        for (CheckpointMerge.Source source : asked.sources()) {
            CheckpointRow row = Ids.parse(Ids.CHECKPOINT, source.checkpointId())
                    .flatMap(library::find)
                    .orElseThrow(() -> new InputUnavailableException(
                            InputUnavailableException.Input.CHECKPOINT,
                            "Checkpoint %s is no longer kept.".formatted(source.checkpointId())));
            sources.add(new ModelMerge.Source(library.open(row), source.weight()));
        }
        return sources;
    }

    private static CheckpointMerge.Single single(ModelMerge merge) {
        List<@Nullable Integer> images = new ArrayList<>();
        List<@Nullable Integer> correct = new ArrayList<>();
        for (ModelMerge.Source source : merge.sources()) {
            CheckpointManifest manifest = source.checkpoint().manifest();
            Optional<CountRow> counted = manifest.counts().stream()
                    .filter(row -> row.afterTask() == manifest.task()
                            && row.stage().equals(Stage.FINAL.wireName())
                            && row.data().equals(EvaluationData.TEST.wireName())
                            && row.measure().equals(Measure.TOP1.wireName()))
                    .findFirst();
            for (ServedModel.HeadRows task :
                    Objects.requireNonNull(manifest.model()).heads()) {
                images.add(counted.map(row -> row.images().get(task.task() - 1)).orElse(null));
                correct.add(
                        counted.map(row -> row.correct().get(task.task() - 1)).orElse(null));
            }
        }
        return new CheckpointMerge.Single(images, correct);
    }

    @Override
    void succeed(Turn turn, Outcome result) {
        if (!merges.succeed(turn, result.merged(), result.single())) {
            store.delete(result.merged().checkpoint().key());
        }
    }

    @Override
    String id(UUID id) {
        return Ids.merge(id);
    }
}
