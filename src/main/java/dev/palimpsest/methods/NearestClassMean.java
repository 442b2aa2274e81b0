package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Baseline without training: the class whose mean feature in the frozen backbone is nearest, Euclidean.
///
/// `|f - mu|^2 = |f|^2 - (2 mu f - |mu|^2)`, so the means are rows of a linear head: weight 2 mu, bias
/// -|mu|^2.
public final class NearestClassMean implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "nearest_class_mean",
            "Nearest class mean",
            "Baseline: class means in the frozen backbone",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, false),
            null,
            List.of(RunPhase.PREPARING, RunPhase.COLLECTING, RunPhase.EVALUATING, RunPhase.SAVING),
            List.of());

    @JsonTypeName("nearest_class_mean")
    public record Settings() implements MethodSettings {

        @Override
        public MethodInfo info() {
            return INFO;
        }

        @Override
        public @Nullable AdapterChoice adapters() {
            return null;
        }
    }

    /// Images summed at once.
    private static final int IMAGES = 256;

    NearestClassMean() {}

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        return TaskRecipe.nothing(ClassScope.TASK.of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        for (ClassFeatures one : task.features(AdapterView.NONE)) {
            if (one.count() == 0) {
                continue;
            }
            double[] weight = sums(one, task.network().runtime());
            double squares = 0;
            for (int d = 0; d < weight.length; d++) {
                double mean = weight[d] / one.count();
                weight[d] = 2 * mean;
                squares += mean * mean;
            }
            task.network().heads().set(one.classPosition(), weight, new double[] {-squares});
        }
        return List.of();
    }

    /// The sum of the features of a class, image after image.
    private static double[] sums(ClassFeatures features, TorchRuntime runtime) {
        int width = features.width();
        double[] sums = new double[width];
        for (int from = 0; from < features.count(); from += IMAGES) {
            try (TensorScope scope = new TensorScope(runtime)) {
                double[] rows = features.rows()
                        .in(scope, from, Math.min(IMAGES, features.count() - from))
                        .doubles();
                for (int i = 0; i < rows.length; i++) {
                    sums[i % width] += rows[i];
                }
            }
        }
        return sums;
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(AdapterView.NONE, true);
    }

    @Override
    public TensorBundle save() {
        return new TensorBundle();
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {}

    @Override
    public void close() {}
}
