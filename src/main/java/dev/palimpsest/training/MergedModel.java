package dev.palimpsest.training;

import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointManifest.KnownClass;
import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ClassifierHeads;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// A model that its manifest and files explain whole, without the method that made it: a merge, or a source of one.
public final class MergedModel {

    /// For a model without adapters.
    private static final AdapterSettings NO_ADAPTERS = new AdapterSettings(1, Set.of(), 0, 1);

    private MergedModel() {}

    /// Where a model runs.
    ///
    /// @param backbone fed with images of the model's side
    public record Place(TorchRuntime runtime, Backbone backbone, NumericMode mode, StopRequest stop) {}

    /// Names and labels of all tasks that these models know, in their order.
    public static List<TrainingPlan.PlannedTask> planned(List<CheckpointManifest> models) {
        List<TrainingPlan.PlannedTask> tasks = new ArrayList<>();
        for (CheckpointManifest model : models) {
            JsonNode names = plan(model).path("tasks");
            for (ServedModel.HeadRows rows : model(model).heads()) {
                List<String> labels = model.classes().stream()
                        .filter(one -> one.task() == rows.task())
                        .map(KnownClass::label)
                        .toList();
                String name = names.path(rows.task() - 1).path("name").stringValue("task " + rows.task());
                tasks.add(new TrainingPlan.PlannedTask(name, labels));
            }
        }
        return tasks;
    }

    /// These tasks with the rows of their test images.
    public static List<LearningTask> tasks(List<CheckpointManifest> models, Dataset dataset) {
        List<LearningTask> tasks = new ArrayList<>();
        int first = 0;
        for (TrainingPlan.PlannedTask planned : planned(models)) {
            int from = first;
            int count = planned.classes().size();
            int[] labelRows = planned.classes().stream()
                    .mapToInt(label -> dataset.labels().indexOf(label))
                    .toArray();
            int[] test = IntStream.range(0, dataset.test().size())
                    .filter(row -> IntStream.of(labelRows)
                            .anyMatch(label -> label == dataset.test().label(row)))
                    .toArray();
            tasks.add(new LearningTask(
                    tasks.size(),
                    planned.name(),
                    IntStream.range(from, from + count).toArray(),
                    labelRows,
                    planned.classes(),
                    from,
                    count,
                    new int[0],
                    new int[0],
                    test));
            first += count;
        }
        return tasks;
    }

    /// Counts of a stored merge.
    ///
    /// @param tasks of the model, with test images of whatever data set
    /// @return empty if a stop was asked
    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file of the checkpoint is damaged
    public static Optional<MeasuredRow> evaluate(
            StoredCheckpoint checkpoint, Place place, List<LearningTask> tasks, Pictures pictures, int batchSize) {
        CheckpointManifest manifest = checkpoint.manifest();
        try (SavedTensors saved = SavedTensors.read(checkpoint);
                TorchTrainingEngine engine = open(
                        place,
                        input(manifest),
                        adapters(List.of(manifest), List.of(saved.file(SavedTensors.ADAPTERS))),
                        tasks,
                        pictures,
                        batchSize)) {
            Network network = engine.network();
            network.bank()
                    .restore(
                            saved.file(SavedTensors.ADAPTERS),
                            snapshot(manifest).adapters().size());
            network.restoreHeads(saved.file(SavedTensors.HEADS), TorchTrainingEngine.ranges(tasks));
            AdapterView view = new AdapterView(
                    coefficients(manifest, network.shape().depth(), 1),
                    network.bank().dense());
            return Optional.of(engine.evaluate(new Inference.Latest(view, true), tasks, EvaluationData.TEST));
        } catch (StoppedException stopped) {
            return Optional.empty();
        }
    }

    static TorchTrainingEngine open(
            Place place,
            InputProfile input,
            AdapterSettings adapters,
            List<LearningTask> tasks,
            Pictures pictures,
            int batchSize) {
        int classes = tasks.stream().mapToInt(LearningTask::classCount).sum();
        Network network = new Network(
                place.runtime(),
                place.backbone(),
                adapters,
                classes,
                false,
                place.mode(),
                PlannedEngine.pixels(input),
                ClassifierHeads.Start.NORMAL,
                0);
        return new TorchTrainingEngine(network, pictures, Scenario.CLASS_INCREMENTAL, batchSize, place.stop());
    }

    /// Adapters that hold those of all models; they have the same sites, and ranks of their own.
    ///
    /// @param files of each model, its adapters' tensors
    static AdapterSettings adapters(List<CheckpointManifest> models, List<TensorBundle> files) {
        int rank = 0;
        Map<String, List<Double>> sites = Map.of();
        for (int m = 0; m < models.size(); m++) {
            for (ServedModel.AdapterCoefficients adapter :
                    snapshot(models.get(m)).adapters()) {
                sites = adapter.coefficients();
                String site = sites.keySet().iterator().next();
                String name = "blocks.0.%s.down.task%d".formatted(site, adapter.adapter());
                rank = Math.max(rank, Math.toIntExact(files.get(m).get(name).shape()[0]));
            }
        }
        if (sites.isEmpty()) {
            return NO_ADAPTERS;
        }
        EnumSet<Site> matrices = EnumSet.noneOf(Site.class);
        for (Site site : Site.values()) {
            if (sites.containsKey(site.wire())) {
                matrices.add(site);
            }
        }
        return new AdapterSettings(
                rank, matrices, sites.values().iterator().next().size(), 1);
    }

    /// What each adapter of the model counts, in the order of the snapshot.
    static List<SiteValues> coefficients(CheckpointManifest model, int depth, double weight) {
        List<SiteValues> all = new ArrayList<>();
        for (ServedModel.AdapterCoefficients adapter : snapshot(model).adapters()) {
            Map<String, List<Double>> bySite = adapter.coefficients();
            all.add(SiteValues.of(depth, site -> {
                List<Double> blocks = bySite.getOrDefault(site.matrix().wire(), Collections.emptyList());
                return site.block() < blocks.size() ? weight * blocks.get(site.block()) : 0;
            }));
        }
        return all;
    }

    static ServedModel.Snapshot snapshot(CheckpointManifest model) {
        return snapshots(model(model)).getFirst();
    }

    static List<ServedModel.Snapshot> snapshots(ServedModel model) {
        return Objects.requireNonNull(model.inference(), "a finished model").snapshots();
    }

    static ServedModel model(CheckpointManifest manifest) {
        return Objects.requireNonNull(manifest.model(), "format 2 or newer");
    }

    static JsonNode plan(CheckpointManifest manifest) {
        return Objects.requireNonNull(manifest.plan(), "format 2 or newer");
    }

    static InputProfile input(CheckpointManifest manifest) {
        return SettingsBinder.mapper().treeToValue(plan(manifest).get("input"), InputProfile.class);
    }
}
