package dev.palimpsest.memory;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/// Clusters of each class by which the task of an image is inferred: a distance in the metric of the shrunk
/// correlation (`docs/methods/lorac-ipc.md` 6.3). Features are those of the first snapshot, L2-normalised.
///
/// Each covariance is factored once, when its class is learned; a factor has as many numbers as the features that it
/// was made of, so all of them lie in libtorch's memory, in double. Saved as `task{t}.class{c}.cluster{i}.mean`,
/// `.scale`, `.factor`, `.coefficients`; the bundle refers to tensors of this object.
public final class InferenceStatistics implements AutoCloseable {

    private static final List<String> PARTS = List.of("mean", "scale", "factor", "coefficients");

    private final TorchRuntime runtime;
    private final int clusters;
    private final List<LearnedClass> classes = new ArrayList<>();

    /// @param clusters each with the four [#PARTS]
    private record LearnedClass(int task, int position, List<List<Tensor>> clusters) {}

    /// Statistics without a class yet.
    ///
    /// @param clusters of a class
    public InferenceStatistics(TorchRuntime runtime, int clusters) {
        this.runtime = runtime;
        this.clusters = clusters;
    }

    /// How many classes have been learned; a class that comes back in another task counts again.
    public int classes() {
        return classes.size();
    }

    /// How many numbers are kept, over all classes.
    public long numbers() {
        return classes.stream()
                .flatMap(learned -> learned.clusters().stream().flatMap(List::stream))
                .mapToLong(Tensor::elements)
                .sum();
    }

    /// The task in which the class that was learned as number `index` was learned.
    public int task(int index) {
        return classes.get(index).task();
    }

    /// Takes the clusters of a class. A class with a cluster of one image, or fewer images than clusters, is
    /// one cluster (row 16 of the quirk table). A cluster without images, as equal features leave it, is none.
    ///
    /// @param seed of the stream `sampling`, for k-means
    public void learn(int task, ClassFeatures features, long seed) {
        if (features.count() == 0) {
            return;
        }
        try (TensorScope scope = new TensorScope(runtime)) {
            Tensor rows = runtime.program().call(scope, "normalise", features.in(scope));
            long[] assignment = assignment(scope, rows, features.count(), seed);
            int found = (int) Arrays.stream(assignment).max().orElse(0) + 1;
            List<List<Tensor>> parts = new ArrayList<>();
            for (int k = 0; k < found; k++) {
                parts.add(cluster(scope, rows, assignment, k));
            }
            classes.add(new LearnedClass(task, features.classPosition(), List.copyOf(parts)));
        }
    }

    private long[] assignment(TensorScope scope, Tensor rows, int count, long seed) {
        if (count < clusters) {
            return new long[count];
        }
        long[] assignment = runtime.program()
                .callAll(scope, "k_means", rows, (long) clusters, seed)
                .get(1)
                .longs();
        int[] sizes = new int[clusters];
        for (long cluster : assignment) {
            sizes[(int) cluster]++;
        }
        if (Arrays.stream(sizes).anyMatch(size -> size == 1)) {
            return new long[count];
        }
        long[] places = new long[clusters];
        for (int k = 1; k < clusters; k++) {
            places[k] = places[k - 1] + (sizes[k - 1] > 0 ? 1 : 0);
        }
        return Arrays.stream(assignment).map(k -> places[(int) k]).toArray();
    }

    private List<Tensor> cluster(TensorScope scope, Tensor rows, long[] assignment, int cluster) {
        long[] chosen = IntStream.range(0, assignment.length)
                .filter(i -> assignment[i] == cluster)
                .asLongStream()
                .toArray();
        Tensor members = runtime.program().call(scope, "gather_rows", List.of(rows), chosen, (long) assignment.length);
        return runtime.program().callAll(scope, "inference_cluster", members).stream()
                .map(part -> scope.keep(runtime.program().call(scope, "copy_out", part))) // row by row, as it is saved
                .toList();
    }

    /// Squared distance of each feature to the classes learned as number `from` and later: the smallest over
    /// a class's clusters. Shape [n, classes() - from].
    ///
    /// @param features shape [n, width], as the network gives them
    public double[] distances(double[] features, int width, int from) {
        try (TensorScope scope = new TensorScope(runtime)) {
            List<List<Tensor>> parts =
                    List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
            List<LearnedClass> asked = classes.subList(from, classes.size());
            for (LearnedClass learned : asked) {
                for (List<Tensor> cluster : learned.clusters()) {
                    for (int part = 0; part < parts.size(); part++) {
                        parts.get(part).add(cluster.get(part));
                    }
                }
            }
            long[] counts = asked.stream()
                    .mapToLong(learned -> learned.clusters().size())
                    .toArray();
            Tensor raw = scope.doubles(features, features.length / width, width);
            Tensor rows = runtime.program().call(scope, "normalise", raw);
            return runtime.program()
                    .call(
                            scope,
                            "class_distances",
                            rows,
                            parts.get(0),
                            parts.get(1),
                            parts.get(2),
                            parts.get(3),
                            counts)
                    .doubles();
        }
    }

    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        for (LearnedClass learned : classes) {
            for (int k = 0; k < learned.clusters().size(); k++) {
                for (int part = 0; part < PARTS.size(); part++) {
                    Tensor values = learned.clusters().get(k).get(part);
                    bundle.put(
                            name(learned.task(), learned.position(), k, part),
                            HostTensor.of(values, 0, values.shape()));
                }
            }
        }
        return bundle;
    }

    /// Takes the classes of one task from what [#save] gave; tasks come in their order.
    ///
    /// @param positions class positions of the task
    public void restore(TensorBundle saved, int task, int[] positions) {
        for (int position : positions) {
            List<List<Tensor>> found = new ArrayList<>();
            while (saved.has(name(task, position, found.size(), 0))) {
                found.add(restored(saved, task, position, found.size()));
            }
            if (!found.isEmpty()) {
                classes.add(new LearnedClass(task, position, List.copyOf(found)));
            }
        }
    }

    private List<Tensor> restored(TensorBundle saved, int task, int position, int cluster) {
        try (TensorScope scope = new TensorScope(runtime)) {
            List<Tensor> parts = new ArrayList<>();
            for (int part = 0; part < PARTS.size(); part++) {
                parts.add(saved.get(name(task, position, cluster, part)).in(scope));
            }
            return parts.stream().map(scope::keep).toList();
        }
    }

    private static String name(int task, int position, int cluster, int part) {
        return "task" + (task + 1) + ".class" + position + ".cluster" + cluster + "." + PARTS.get(part);
    }

    @Override
    public void close() {
        for (LearnedClass learned : classes) {
            learned.clusters().forEach(cluster -> cluster.forEach(Tensor::close));
        }
        classes.clear();
    }
}
