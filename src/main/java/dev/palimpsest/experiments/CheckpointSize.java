package dev.palimpsest.experiments;

import dev.palimpsest.experiments.Plan.Range;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.AlignmentRecipe;
import dev.palimpsest.methods.FewShotSettings;
import dev.palimpsest.methods.FullFineTuning;
import dev.palimpsest.methods.IncrementalLora;
import dev.palimpsest.methods.InfLora;
import dev.palimpsest.methods.JointLora;
import dev.palimpsest.methods.LinearProbe;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.NearestClassMean;
import dev.palimpsest.methods.RandomProjectionRidge;
import dev.palimpsest.methods.SequentialLora;
import dev.palimpsest.methods.TaskArithmetic;
import dev.palimpsest.model.RidgeSums;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.results.PlannedTask;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// How long the tensor files of a job's last checkpoint will be, from the shapes of what is in them. Those of
/// a pretrained network are large against the manifest beside them.
///
/// Letters: D width, M width of a projection, L blocks, T tasks, C classes, n training images of a class, k clusters of
/// a class.
final class CheckpointSize {

    private static final String BASIS = "tensor shapes";
    private static final long MASTER = Float.BYTES;
    private static final long STATISTICS = Double.BYTES;

    /// What a safetensors header says of a tensor, name included, to a few bytes.
    private static final long ENTRY = 95;

    private final VitShape shape;
    private final List<PlannedTask> tasks;
    private long low;
    private long high;

    private CheckpointSize(VitShape shape, List<PlannedTask> tasks) {
        this.shape = shape;
        this.tasks = tasks;
    }

    /// Of one job: bytes at the end of its last task.
    static Range of(MethodSettings method, VitShape shape, List<PlannedTask> tasks) {
        var size = new CheckpointSize(shape, tasks);
        size.heads(method instanceof RandomProjectionRidge.Settings ridge ? ridge.width() : shape.width());
        switch (method) {
            case LoracIpc.Settings settings -> {
                size.adapters(settings.adapters(), tasks.size());
                size.coefficients();
                size.alignment(settings.alignment());
                size.inference(settings.taskInference());
            }
            case IncrementalLora.Settings settings -> {
                size.adapters(settings.adapters(), tasks.size());
                size.alignment(settings.alignment());
            }
            case InfLora.Settings settings -> {
                size.adapters(settings.adapters(), tasks.size());
                size.memories(settings);
                size.alignment(settings.alignment());
            }
            case JointLora.Settings settings -> size.adapters(settings.adapters(), 1);
            case LinearProbe.Settings settings -> size.alignment(settings.alignment());
            case SequentialLora.Settings settings -> {
                size.adapters(settings.adapters(), 1);
                size.alignment(settings.alignment());
            }
            case FullFineTuning.Settings settings -> {
                size.add(4 + 12L * shape.depth() + 2, shape.parameters(), MASTER);
                size.alignment(settings.alignment());
            }
            case NearestClassMean.Settings _ -> size.sums();
            case RandomProjectionRidge.Settings settings -> {
                if (settings.adaptation() != null) {
                    size.adapters(settings.adaptation(), 1);
                }
                size.ridge(settings.width());
            }
            case TaskArithmetic.Settings settings -> {
                size.adapters(settings.adapters(), tasks.size());
                if (!settings.linear()) {
                    size.dense(settings.adapters());
                }
                if (settings.head() == TaskArithmetic.Head.IN_TASK_VECTOR) {
                    size.sharedHead();
                }
                size.exemplars(settings.keptPerClass());
                size.copy(settings.adapters(), settings.fewShot());
            }
        }
        return new Range(size.low, size.high, BASIS);
    }

    private void add(long tensors, long scalars, long each) {
        add(tensors, scalars, scalars, each);
    }

    private void add(long tensors, long fewest, long most, long each) {
        low += tensors * ENTRY + fewest * each;
        high += tensors * ENTRY + most * each;
    }

    /// C rows and as many biases, as a weight and a bias a task.
    private void heads(long width) {
        for (PlannedTask task : tasks) {
            add(2, task.classes().size() * (width + 1), MASTER);
        }
    }

    /// A sum [D] and a count of every class; tasks that share their classes share these too.
    private void sums() {
        add(2 * classes(), classes() * (shape.width() + 1L), STATISTICS);
    }

    /// The projection [D, M]; half of G [M, M] and Q [C, M].
    private void ridge(long width) {
        add(1, shape.width() * width, MASTER);
        add(RidgeSums.blocks(width) + 1, RidgeSums.kept(width) + classes() * width, STATISTICS);
    }

    private long classes() {
        return tasks.stream()
                .flatMap(task -> task.classIndices().stream())
                .distinct()
                .count();
    }

    /// A [r, in] and B [out, r] at every site.
    private void adapters(AdapterChoice choice, int count) {
        Set<Site> sites = choice.sites();
        long blocks = blocks(choice);
        long sides = sites.stream()
                .mapToLong(site -> shape.in(site) + shape.out(site))
                .sum();
        add(2L * sites.size() * blocks * count, choice.rank() * sides * blocks * count, MASTER);
    }

    /// A matrix [out, in] at every site.
    private void dense(AdapterChoice choice) {
        long blocks = blocks(choice);
        long each = choice.sites().stream()
                .mapToLong(site -> (long) shape.in(site) * shape.out(site))
                .sum();
        add(choice.sites().size() * blocks, each * blocks, MASTER);
    }

    /// C rows [D] and as many biases, at their start and after each task.
    private void sharedHead() {
        long classes = tasks.stream().mapToLong(task -> task.classes().size()).sum();
        long copies = tasks.size() + 1L;
        add(2 * copies, copies * classes * (shape.width() + 1), MASTER);
    }

    /// Rows of the images that are kept, a list a class.
    private void exemplars(int perClass) {
        long classes = tasks.stream().mapToLong(task -> task.classes().size()).sum();
        if (perClass > 0) {
            add(classes, classes * perClass, Long.BYTES);
        }
    }

    /// What classifies after a stage, beside what the next task starts from: heads, an adapter, or the whole network.
    private void copy(AdapterChoice choice, @Nullable FewShotSettings stage) {
        if (stage == null) {
            return;
        }
        heads(shape.width());
        switch (stage.train()) {
            case HEADS -> {}
            case HEADS_AND_ADAPTER -> adapters(choice, 1);
            case ALL -> add(4 + 12L * shape.depth() + 2, shape.parameters(), MASTER);
        }
    }

    private long blocks(AdapterChoice choice) {
        Integer chosen = choice.blockCount();
        return chosen == null ? shape.depth() : chosen;
    }

    /// Mask and scores [L, 6]; row t of the bank [t, L, 6].
    private void coefficients() {
        long rows = 2 + tasks.size() * (tasks.size() + 1L) / 2;
        add(2 + tasks.size(), rows * shape.depth() * Site.values().length, STATISTICS);
    }

    /// Of each input a mode [1] and a basis [in, k], of anything between no direction and all, or half of them where
    /// the
    /// smaller side is kept.
    private void memories(InfLora.Settings settings) {
        if (!settings.downInit().remembers()) {
            return;
        }
        Map<Integer, Integer> inputs = new TreeMap<>();
        settings.adapters().on(shape).all().forEach(site -> inputs.put(site.inputGroup(), shape.in(site.matrix())));
        for (long in : inputs.values()) {
            long most = settings.memory() == InfLora.Memory.DUAL ? in / 2 : in;
            add(2, 1, in * most + 1, STATISTICS);
        }
    }

    /// Means and spreads: k clusters [k, D] twice, or [D] with the variances [D] or the covariance [D, D].
    private void alignment(@Nullable AlignmentRecipe alignment) {
        if (alignment == null) {
            return;
        }
        long width = shape.width();
        for (PlannedTask task : tasks) {
            long each = alignment.kind() == ClassStatistics.Kind.CENTROIDS
                    ? 2 * width * Math.min(alignment.centroids(), images(task))
                    : width + (alignment.kind() == ClassStatistics.Kind.VARIANCE ? width : width * width);
            add(2L * task.classes().size(), task.classes().size() * each, STATISTICS);
        }
    }

    /// Mean [D], scale [D], two coefficients and a factor of each cluster: [m, D] of m images, at most
    /// [D, D]. A class whose clusters come out too small is one cluster.
    private void inference(LoracIpc.@Nullable TaskInference inference) {
        if (inference == null) {
            return;
        }
        long width = shape.width();
        for (PlannedTask task : tasks) {
            long clusters = images(task) < inference.clusters() ? 1 : inference.clusters();
            long rows = Math.min(images(task), clusters * width);
            long fewest = 2 * width + 2 + Math.min(images(task), width) * width;
            long most = clusters * (2 * width + 2) + rows * width;
            int classes = task.classes().size();
            add(4 * clusters * classes, fewest * classes, most * classes, STATISTICS);
        }
    }

    /// Training images of a class, were all classes of the task alike.
    private static long images(PlannedTask task) {
        return task.trainImages() / Math.max(1, task.classes().size());
    }
}
