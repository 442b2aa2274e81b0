package dev.palimpsest.training;

import dev.palimpsest.checkpoints.CheckpointDraft;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.DenseChange;
import dev.palimpsest.model.Merge;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Makes one model of several stored ones of the same backbone: their changes by a rule, their heads side by side.
///
/// @param sources at least two, which fit together
/// @param seed of what a rule draws
public record ModelMerge(List<Source> sources, MergeRule rule, long seed) {

    /// A stored model and what its change counts before the rule.
    public record Source(StoredCheckpoint checkpoint, double weight) {

        CheckpointManifest manifest() {
            return checkpoint.manifest();
        }
    }

    /// What came of it.
    ///
    /// @param counts over the test images of all tasks; null where nothing was measured
    public record Merged(
            StoredCheckpoint checkpoint, @Nullable MeasuredRow counts) {}

    public ModelMerge {
        sources = List.copyOf(sources);
    }

    /// Merges, measures and saves.
    ///
    /// @param pictures of the data set; nothing is measured without evaluation
    /// @return empty if a stop was asked; nothing is saved then
    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file of a source is damaged
    public Optional<Merged> run(
            MergedModel.Place place,
            Dataset dataset,
            Pictures pictures,
            int batchSize,
            boolean evaluate,
            CheckpointStore store,
            CheckpointKey key,
            Instant now) {
        List<SavedTensors> saved = new ArrayList<>();
        try {
            for (Source source : sources) {
                StoppedException.checkNot(place.stop());
                saved.add(SavedTensors.read(source.checkpoint()));
            }
            List<LearningTask> tasks = MergedModel.tasks(manifests(), dataset);
            List<TensorBundle> adapters =
                    saved.stream().map(one -> one.file(SavedTensors.ADAPTERS)).toList();
            try (TorchTrainingEngine engine = MergedModel.open(
                    place,
                    MergedModel.input(manifests().getFirst()),
                    MergedModel.adapters(manifests(), adapters),
                    tasks,
                    pictures,
                    batchSize)) {
                Network network = engine.network();
                AdapterView view = merged(network, adapters);
                TensorBundle heads = heads(saved);
                network.restoreHeads(heads, TorchTrainingEngine.ranges(tasks));
                Inference inference = new Inference.Latest(view, true);
                MeasuredRow counts = evaluate
                        ? engine.evaluate(inference, tasks, EvaluationData.TEST).withoutPredictions()
                        : null;
                StoppedException.checkNot(place.stop());
                ServedModel model =
                        ModelForm.of(engine, MergedModel.input(manifests().getFirst()), tasks, tasks.size(), inference);
                Map<String, TensorBundle> bundles = new LinkedHashMap<>();
                bundles.put(
                        SavedTensors.ADAPTERS,
                        network.bank().save(view.coefficients().size()));
                bundles.put(SavedTensors.HEADS, heads);
                return Optional.of(
                        new Merged(save(store, key, bundles, manifest(key, now, tasks, model, counts)), counts));
            }
        } catch (StoppedException stopped) {
            return Optional.empty();
        } finally {
            saved.forEach(SavedTensors::close);
        }
    }

    private List<CheckpointManifest> manifests() {
        return sources.stream().map(Source::manifest).toList();
    }

    /// The merged view; its dense change is the bank's.
    private AdapterView merged(Network network, List<TensorBundle> adapters) {
        int depth = network.shape().depth();
        TensorBundle all = new TensorBundle();
        List<AdapterView> views = new ArrayList<>();
        List<DenseChange> dense = new ArrayList<>();
        try {
            int count = 0;
            for (int s = 0; s < sources.size(); s++) {
                Source source = sources.get(s);
                List<SiteValues> coefficients = new ArrayList<>(Collections.nCopies(count, SiteValues.all(depth, 0)));
                coefficients.addAll(MergedModel.coefficients(source.manifest(), depth, source.weight()));
                for (ServedModel.AdapterCoefficients one :
                        MergedModel.snapshot(source.manifest()).adapters()) {
                    count++;
                    put(all, network, adapters.get(s), one.adapter(), count);
                }
                DenseChange change = network.bank().change(adapters.get(s), source.weight());
                if (change != null) {
                    dense.add(change);
                }
                views.add(new AdapterView(coefficients, change));
            }
            network.bank().restore(all, count);
            AdapterView view = Merge.of(
                    network, rule, views, new RandomStreams(seed).seed(RandomStreams.Stream.SAMPLING, 0, 0, 0));
            network.bank().keep(view.dense());
            return view;
        } finally {
            dense.forEach(DenseChange::close);
        }
    }

    /// An adapter under another number, with as many rows and columns of zeros as the bank's rank wants.
    private static void put(TensorBundle all, Network network, TensorBundle own, int adapter, int number) {
        int rank = network.bank().settings().rank();
        for (AdapterSite site : network.bank().settings().all()) {
            String place = "blocks.%d.%s.".formatted(site.block(), site.matrix().wire());
            all.put(
                    place + "down.task" + number,
                    widened(
                            own.get(place + "down.task" + adapter),
                            rank,
                            network.shape().in(site.matrix())));
            all.put(
                    place + "up.task" + number,
                    widened(
                            own.get(place + "up.task" + adapter),
                            network.shape().out(site.matrix()),
                            rank));
        }
    }

    private static HostTensor widened(HostTensor matrix, int rows, int columns) {
        int height = Math.toIntExact(matrix.shape()[0]);
        int width = Math.toIntExact(matrix.shape()[1]);
        if (height == rows && width == columns) {
            return matrix;
        }
        double[] own = matrix.doubles();
        double[] wide = new double[rows * columns];
        for (int row = 0; row < height; row++) {
            System.arraycopy(own, row * width, wide, row * columns, width);
        }
        return HostTensor.ofDoubles(wide, rows, columns);
    }

    /// Those of all sources under the numbers of the merged tasks.
    private TensorBundle heads(List<SavedTensors> saved) {
        TensorBundle heads = new TensorBundle();
        int task = 0;
        for (int s = 0; s < sources.size(); s++) {
            TensorBundle own = saved.get(s).file(SavedTensors.HEADS);
            for (ServedModel.HeadRows rows :
                    MergedModel.model(sources.get(s).manifest()).heads()) {
                task++;
                heads.put("task" + task + ".weight", own.get("task" + rows.task() + ".weight"));
                heads.put("task" + task + ".bias", own.get("task" + rows.task() + ".bias"));
            }
        }
        return heads;
    }

    private static StoredCheckpoint save(
            CheckpointStore store, CheckpointKey key, Map<String, TensorBundle> bundles, CheckpointManifest manifest) {
        try (CheckpointDraft draft = store.begin(key)) {
            SavedTensors.write(draft, bundles, 1);
            return draft.finish(manifest);
        }
    }

    private CheckpointManifest manifest(
            CheckpointKey key, Instant now, List<LearningTask> tasks, ServedModel model, @Nullable MeasuredRow counts) {
        JsonNode plan = plan();
        CheckpointManifest first = manifests().getFirst();
        boolean adapters = !MergedModel.snapshots(model).getFirst().adapters().isEmpty()
                || MergedModel.snapshots(model).getFirst().dense() != null;
        return new CheckpointManifest(
                CheckpointManifest.FORMAT_VERSION,
                key.checkpointId(),
                key.jobId(),
                key.attempt(),
                now.truncatedTo(ChronoUnit.MICROS),
                TrainingPlan.fingerprint(plan),
                CheckpointManifest.Kind.MERGED,
                tasks.size(),
                null,
                0,
                null,
                false,
                false,
                adapters
                        ? List.of(SavedTensors.ADAPTERS, SavedTensors.HEADS, "class_map")
                        : List.of(SavedTensors.HEADS, "class_map"),
                ManifestForm.classes(tasks),
                first.backbone(),
                first.dataset(),
                new CheckpointManifest.RandomPosition(seed),
                counts == null
                        ? List.of()
                        : ManifestForm.counts(
                                List.of(new RunState.Row(tasks.size() - 1, Stage.FINAL, EvaluationData.TEST, counts))),
                plan,
                model,
                List.of());
    }

    /// What decides the merge.
    private JsonNode plan() {
        ObjectNode plan = JsonNodeFactory.instance.objectNode();
        plan.put("scenario", "class_incremental");
        plan.set("tasks", SettingsBinder.write(MergedModel.planned(manifests())));
        plan.set("input", MergedModel.plan(manifests().getFirst()).get("input"));
        plan.set("merge", SettingsBinder.write(rule));
        plan.put("seed", seed);
        var list = plan.putArray("sources");
        for (Source source : sources) {
            list.addObject()
                    .put("checkpoint_id", source.manifest().checkpointId())
                    .put("sha256", source.checkpoint().sha256())
                    .put("weight", source.weight());
        }
        return plan;
    }
}
