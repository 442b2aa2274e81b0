package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.TensorBundle;
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
            double[] weight = new double[one.width()];
            double squares = 0;
            for (int d = 0; d < one.width(); d++) {
                double mean = 0;
                for (int i = 0; i < one.count(); i++) {
                    mean += one.rows()[i * one.width() + d];
                }
                mean /= one.count();
                weight[d] = 2 * mean;
                squares += mean * mean;
            }
            task.network().heads().set(one.classPosition(), weight, new double[] {-squares});
        }
        return List.of();
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
