package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The phase that trains the heads again on samples of class statistics (`docs/methods/lorac-ipc.md` 6.2); any
/// method may have it.
final class HeadAlignment {

    private static final double MOMENTUM = 0.9;
    private static final String SAVED = "alignment.";

    private final @Nullable AlignmentSettings settings;
    private @Nullable ClassStatistics statistics;
    private int earlierClasses;
    private int taskClasses;

    /// @param settings null for a method that does not align
    HeadAlignment(@Nullable AlignmentSettings settings) {
        this.settings = settings;
    }

    boolean wanted() {
        return settings != null;
    }

    /// Takes the statistics of the task's classes under a view, if the method aligns.
    void learn(TaskContext task, AdapterView view) {
        if (settings != null) {
            learn(task, task.features(view));
        }
    }

    /// Takes the statistics of the task's classes; those of earlier classes stay as they are.
    void learn(TaskContext task, List<ClassFeatures> features) {
        if (settings == null) {
            return;
        }
        ClassStatistics kept = statistics(task.network().runtime(), settings);
        for (ClassFeatures one : features) {
            kept.learn(task.task().index(), one, task.seed(Stream.SAMPLING, 2 * one.classPosition()));
        }
        earlierClasses += taskClasses;
        taskClasses = task.task().classCount();
    }

    /// The phase after the task just learned; none after the first.
    List<Phase> phases() {
        if (settings == null || statistics == null || earlierClasses == 0) {
            return List.of();
        }
        return List.of(new Phase.Alignment(
                statistics,
                settings.epochs(),
                settings.learningRate(),
                MOMENTUM,
                settings.samplesPerStep(),
                earlierClasses));
    }

    /// What [#restore] needs, under `alignment.`; nothing for a method that does not align.
    TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        if (statistics != null) {
            bundle.putAll(SAVED, statistics.save());
        }
        return bundle;
    }

    /// @param saved of the method
    void restore(TorchRuntime runtime, TensorBundle saved, List<LearningTask> learned) {
        if (settings == null || learned.isEmpty()) {
            return;
        }
        statistics(runtime, settings).restore(saved.under(SAVED));
        taskClasses = learned.getLast().classCount();
        earlierClasses = learned.stream().mapToInt(LearningTask::classCount).sum() - taskClasses;
    }

    void close() {
        if (statistics != null) {
            statistics.close();
        }
    }

    private ClassStatistics statistics(TorchRuntime runtime, AlignmentSettings chosen) {
        ClassStatistics kept = statistics;
        if (kept == null) {
            kept = new ClassStatistics(runtime, chosen.statistics(), chosen.centroids());
            statistics = kept;
        }
        return kept;
    }
}
