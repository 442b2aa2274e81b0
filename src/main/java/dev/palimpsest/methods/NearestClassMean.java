package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Baseline without training: the class whose mean feature in the frozen backbone is nearest, Euclidean.
///
/// `|f - mu|^2 = |f|^2 - (2 mu f - |mu|^2)`, so the means are rows of a linear head: weight 2 mu, bias
/// -|mu|^2. Where tasks share their classes, a mean is that of the images of all of them.
///
/// Saved: `class{c}.sum` [D] of the features and `class{c}.count` [1] of the images; c the class position.
public final class NearestClassMean implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "nearest_class_mean",
            "Nearest class mean",
            "Baseline: class means in the frozen backbone",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, true, false),
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

        @Override
        public @Nullable ClassScope classScope() {
            return null;
        }

        @Override
        public @Nullable AlignmentSettings alignment() {
            return null;
        }
    }

    /// Images summed at once.
    private static final int IMAGES = 256;

    private final Map<Integer, Sum> sums = new TreeMap<>();

    /// The features of a class added up, image after image.
    @SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
    private record Sum(double[] features, long images) {

        Sum and(ClassFeatures more, TorchRuntime runtime) {
            int width = features.length;
            double[] sums = features.clone();
            for (int from = 0; from < more.count(); from += IMAGES) {
                try (TensorScope scope = new TensorScope(runtime)) {
                    double[] rows = more.rows()
                            .in(scope, from, Math.min(IMAGES, more.count() - from))
                            .doubles();
                    for (int i = 0; i < rows.length; i++) {
                        sums[i % width] += rows[i];
                    }
                }
            }
            return new Sum(sums, images + more.count());
        }
    }

    NearestClassMean() {}

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        return TaskRecipe.nothing(task.task(), List.of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        for (ClassFeatures one : task.features(AdapterView.NONE)) {
            if (one.count() > 0) {
                Sum known = sums.get(one.classPosition());
                Sum all = (known == null ? new Sum(new double[one.width()], 0) : known)
                        .and(one, task.network().runtime());
                sums.put(one.classPosition(), all);
                classify(task.network(), one.classPosition(), all);
            }
        }
        return List.of();
    }

    private static void classify(Network network, int position, Sum all) {
        double[] weight = new double[all.features().length];
        double squares = 0;
        for (int d = 0; d < weight.length; d++) {
            double mean = all.features()[d] / all.images();
            weight[d] = 2 * mean;
            squares += mean * mean;
        }
        network.heads().set(position, weight, new double[] {-squares});
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(AdapterView.NONE, true);
    }

    @Override
    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        sums.forEach((position, all) -> {
            bundle.put(name(position, "sum"), HostTensor.ofDoubles(all.features(), all.features().length));
            bundle.put(name(position, "count"), HostTensor.ofDoubles(new double[] {all.images()}, 1));
        });
        return bundle;
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        for (LearningTask task : learned) {
            for (int position : task.classes()) {
                if (saved.has(name(position, "sum"))) {
                    double images = saved.get(name(position, "count")).doubles()[0];
                    sums.put(position, new Sum(saved.get(name(position, "sum")).doubles(), (long) images));
                }
            }
        }
    }

    private static String name(int position, String part) {
        return "class" + position + "." + part;
    }
}
