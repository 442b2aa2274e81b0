package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The phase that trains the heads again on samples of class statistics (`docs/methods/lorac-ipc.md` 6.2); any
/// method may have it.
final class HeadAlignment {

    private static final String SAVED = "alignment.";

    private final @Nullable AlignmentRecipe settings;
    private @Nullable ClassStatistics statistics;
    private final List<ClassRange> learned = new ArrayList<>();

    /// @param settings null for a method that does not align
    HeadAlignment(@Nullable AlignmentRecipe settings) {
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
        learned.add(ClassScope.TASK.of(task.task()));
    }

    /// The phase after the task just learned; none after the first.
    List<Phase> phases() {
        if (settings == null || statistics == null || learned.size() < 2) {
            return List.of();
        }
        return List.of(settings.phase(statistics, learned));
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
    void restore(TorchRuntime runtime, TensorBundle saved, List<LearningTask> finished) {
        if (settings == null || finished.isEmpty()) {
            return;
        }
        statistics(runtime, settings).restore(saved.under(SAVED));
        finished.forEach(task -> learned.add(ClassScope.TASK.of(task)));
    }

    void close() {
        if (statistics != null) {
            statistics.close();
        }
    }

    private ClassStatistics statistics(TorchRuntime runtime, AlignmentRecipe chosen) {
        ClassStatistics kept = statistics;
        if (kept == null) {
            kept = new ClassStatistics(runtime, chosen.kind(), chosen.centroids());
            statistics = kept;
        }
        return kept;
    }
}
