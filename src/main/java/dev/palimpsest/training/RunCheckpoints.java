package dev.palimpsest.training;

import dev.palimpsest.checkpoints.CheckpointDraft;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.torch.TensorBundle;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Where and how often a run saves itself.
public final class RunCheckpoints {

    private final CheckpointStore store;
    private final Supplier<CheckpointKey> keys;
    private final CheckpointManifest.Source backbone;
    private final CheckpointManifest.Source dataset;
    private final @Nullable Integer everyEpochs;
    private final InstantSource clock;

    /// Checkpoints of one attempt.
    ///
    /// @param keys a new one for each checkpoint
    /// @param everyEpochs how many epochs apart inside a task; null only at task ends
    public RunCheckpoints(
            CheckpointStore store,
            Supplier<CheckpointKey> keys,
            CheckpointManifest.Source backbone,
            CheckpointManifest.Source dataset,
            @Nullable Integer everyEpochs,
            InstantSource clock) {
        this.store = store;
        this.keys = keys;
        this.backbone = backbone;
        this.dataset = dataset;
        this.everyEpochs = everyEpochs;
        this.clock = clock;
    }

    /// Whether a checkpoint is due after an epoch, counted from 0.
    boolean dueAfter(int epoch) {
        return everyEpochs != null && (epoch + 1) % everyEpochs == 0;
    }

    /// Writes files first, the manifest last; what is not complete is not there.
    ///
    /// @param bundles by file, read while they are written
    /// @param scale of the adapters, for the files' metadata
    StoredCheckpoint save(
            RunState state,
            Map<String, TensorBundle> bundles,
            TrainingPlan plan,
            List<LearningTask> tasks,
            ServedModel model,
            double scale) {
        CheckpointKey key = keys.get();
        try (CheckpointDraft draft = store.begin(key)) {
            SavedTensors.write(draft, bundles, scale);
            return draft.finish(manifest(key, state, contents(bundles), plan, tasks, model));
        }
    }

    private CheckpointManifest manifest(
            CheckpointKey key,
            RunState state,
            List<String> contains,
            TrainingPlan plan,
            List<LearningTask> tasks,
            ServedModel model) {
        boolean inside = state.epoch() > 0;
        return new CheckpointManifest(
                CheckpointManifest.FORMAT_VERSION,
                key.checkpointId(),
                key.jobId(),
                key.attempt(),
                clock.instant().truncatedTo(ChronoUnit.MICROS),
                plan.fingerprint(),
                inside ? CheckpointManifest.Kind.IN_TASK : CheckpointManifest.Kind.TASK_END,
                inside ? state.task() + 1 : state.task(),
                inside ? state.epoch() : null,
                state.steps(),
                inside ? state.trainSeconds() : null,
                true,
                !inside && plan.method().continuable(),
                contains,
                ManifestForm.classes(tasks.subList(0, state.task())),
                backbone,
                dataset,
                new CheckpointManifest.RandomPosition(plan.seed()),
                ManifestForm.counts(state.rows()),
                SettingsBinder.write(plan),
                model,
                List.of());
    }

    private static List<String> contents(Map<String, TensorBundle> bundles) {
        List<String> contains = new ArrayList<>();
        bundles.forEach((name, bundle) -> contains.addAll(contents(name, bundle)));
        contains.add("class_map");
        contains.add("random_state");
        return contains;
    }

    private static List<String> contents(String name, TensorBundle bundle) {
        if (bundle.isEmpty()) {
            return List.of();
        }
        boolean statistics =
                bundle.names().stream().anyMatch(one -> one.startsWith("alignment.") || one.startsWith("inference."));
        return switch (name) {
            case SavedTensors.METHOD ->
                statistics ? List.of("method_state", "class_statistics") : List.of("method_state");
            case SavedTensors.OPTIMIZER -> List.of("optimizer_state");
            default -> List.of(name);
        };
    }
}
