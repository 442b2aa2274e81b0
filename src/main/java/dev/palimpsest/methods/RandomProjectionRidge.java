package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Classifier;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.RidgeSums;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// RanPAC: ridge regression from a random projection of the features to the classes, over the images of all tasks so
/// far
/// (`docs/methods/random-projection-ridge.md`). An adapter may be trained in the first task; it stays as it is then.
///
/// Saved: the sums of [RidgeSums].
public final class RandomProjectionRidge implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "random_projection_ridge",
            "RanPAC: random projection and ridge heads",
            "McDonnell et al., NeurIPS 2023, arXiv 2307.02251",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, true, false),
            TrainingSettings.adapters(),
            "adaptation",
            List.of(RunPhase.PREPARING, RunPhase.TRAINING, RunPhase.COLLECTING, RunPhase.EVALUATING, RunPhase.SAVING),
            List.of());

    /// For which fit the ridge is the best one.
    public enum RidgeChoice {
        /// The images of all tasks so far, but for those that are held out.
        @JsonProperty("all_tasks")
        ALL_TASKS,
        /// Those of the newest task alone: the published program's.
        @JsonProperty("newest_task")
        NEWEST_TASK
    }

    /// The settings of `random_projection_ridge`.
    @JsonTypeName("random_projection_ridge")
    public record Settings(
            @Setting(
                    min = 1,
                    max = 32768,
                    defaultValue = "2000",
                    value = "Width of the projection; memory grows with its square.")
            int width,

            @Setting(
                    exclusiveMin = 0,
                    defaultValue = "null",
                    value = "Ridge; null is chosen after each task on a fifth of its training images.")
            @Nullable
            Double ridge,

            @Setting(
                    defaultValue = "\"all_tasks\"",
                    value = "What a chosen ridge is the best for: a fit to all tasks so far, or to the newest alone.")
            RidgeChoice ridgeChoice,

            @Setting(defaultValue = "null", value = "An adapter that trains in the first task only; null for none.")
            @Nullable
            AdapterChoice adaptation)
            implements MethodSettings {

        @Override
        public MethodInfo info() {
            return INFO;
        }

        @Override
        public @Nullable AdapterChoice adapters() {
            return adaptation;
        }

        @Override
        public @Nullable ClassScope classScope() {
            return null;
        }

        @Override
        public @Nullable AlignmentSettings alignment() {
            return null;
        }

        @Override
        public boolean trainsFirstTaskOnly() {
            return true;
        }

        /// The sums, the matrix that is factored and its factor, at once.
        @Override
        public NativeNeed nativeNeed(VitShape shape) {
            long sums = Double.BYTES * RidgeSums.kept(width);
            boolean alone = ridge == null && ridgeChoice == RidgeChoice.NEWEST_TASK;
            return new NativeNeed("width", width, sums * (alone ? 2 : 1) + 2L * Double.BYTES * width * width);
        }

        @Override
        public List<Fault> faults(VitShape shape) {
            return MethodSettings.super.faults(shape).stream()
                    .map(fault -> new Fault(fault.code(), "adaptation." + fault.param(), fault.detail()))
                    .toList();
        }
    }

    /// Places in the stream `init` of the first task: adapters are drawn at 0, heads at 1.
    private static final int PROJECTION = 2;

    private final Settings settings;
    private AdapterView view = AdapterView.NONE;
    private @Nullable RidgeSums sums;
    private int seen;
    private double ridge;

    RandomProjectionRidge(Settings settings) {
        this.settings = settings;
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        if (settings.adaptation() == null || task.task().index() > 0) {
            return TaskRecipe.nothing(task.task(), List.of(task.task()));
        }
        task.network().bank().grow(task.seed(Stream.INIT, 0));
        view = task.network().bank().all();
        TrainingView training =
                TrainingView.plain(AdapterView.NONE, view.coefficients().getFirst());
        return TaskRecipe.adapters(List.of(task.task()), training, ClassScope.TASK.of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        Network network = task.network();
        RidgeSums all = sums;
        if (all == null) {
            all = new RidgeSums(network, network.project(settings.width(), task.seed(Stream.INIT, PROJECTION)));
            sums = all;
        }
        seen = Math.max(seen, task.task().firstClass() + task.task().classCount());
        List<ClassFeatures> features = task.features(view);
        Double given = settings.ridge();
        if (given == null) {
            ridge = chosen(task, all, features);
        } else {
            HeldOut.nothing(network.runtime(), features).kept(all::add);
            ridge = given;
        }
        solve(all);
        return List.of();
    }

    /// Adds the task's images and returns the ridge to solve with.
    private double chosen(TaskContext task, RidgeSums all, List<ClassFeatures> features) {
        Network network = task.network();
        RidgeSearch search = new RidgeSearch();
        double best = switch (settings.ridgeChoice()) {
            case ALL_TASKS -> {
                HeldOut split = HeldOut.fifthOfEachClass(network.runtime(), features);
                split.kept(all::add);
                double found = search.best(all, split);
                split.held(all::add);
                yield found;
            }
            case NEWEST_TASK -> {
                HeldOut split = HeldOut.lastFifth(network.runtime(), features, task.seed(Stream.SAMPLING, 0));
                try (RidgeSums newest = new RidgeSums(network, (Classifier.Projected) network.classifier())) {
                    split.kept(newest::add);
                    all.addAll(newest);
                    double found = search.best(newest, split);
                    split.held(all::add);
                    yield found;
                }
            }
        };
        return Double.isNaN(best) ? RidgeSearch.fallback(all) : best;
    }

    /// Makes heads of the sums. A ridge with which the matrix is not positive definite grows tenfold until it is; one
    /// as
    /// large as the matrix's own numbers always does.
    private void solve(RidgeSums all) {
        all.meanSquare(); // refuses what no ridge can mend
        while (!served(all)) {
            ridge *= 10;
        }
    }

    private boolean served(RidgeSums all) {
        try (Tensor weights = all.solve(ridge)) {
            if (weights != null) {
                all.serve(weights, seen);
            }
            return weights != null;
        }
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(view, true);
    }

    /// The ridge with which the heads were solved.
    @Override
    public Map<String, Double> numbers() {
        return Map.of("ridge", ridge);
    }

    @Override
    public TensorBundle save() {
        return sums == null ? new TensorBundle() : sums.save(seen);
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        if (learned.isEmpty()) {
            return;
        }
        view = settings.adaptation() == null ? AdapterView.NONE : network.bank().all();
        seen = learned.stream()
                .mapToInt(task -> task.firstClass() + task.classCount())
                .max()
                .orElse(0);
        RidgeSums all = new RidgeSums(network, (Classifier.Projected) network.classifier());
        sums = all;
        all.restore(saved);
    }

    @Override
    public void close() {
        if (sums != null) {
            sums.close();
        }
    }
}
