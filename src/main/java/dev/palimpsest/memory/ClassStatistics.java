package dev.palimpsest.memory;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.model.AlignmentSamples;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Gaussians of the features of each class, from which the head is aligned later (`docs/methods/lorac-ipc.md` 6.1).
///
/// Saved as `task{t}.class{c}.mean` [k, D] and `.spread` [k, D] or [D, D], flat; t from 1, c the class
/// position.
public final class ClassStatistics {

    /// What is kept of a class.
    public enum Kind {
        /// k-means clusters: mean and population variance of each.
        @JsonProperty("centroids")
        CENTROIDS,
        /// Mean and unbiased covariance.
        @JsonProperty("covariance")
        COVARIANCE,
        /// Mean and unbiased variance of each dimension.
        @JsonProperty("variance")
        VARIANCE
    }

    /// Added to the diagonal before sampling.
    private static final double JITTER = 1e-4;

    private final TorchRuntime runtime;
    private final Kind kind;
    private final int centroids;
    private final Map<Learned, Gaussians> classes = new LinkedHashMap<>();

    private record Learned(int task, int position) {}

    /// @param mean shape [k, D]
    /// @param spread variances [k, D], or a covariance [D, D] with the jitter already in
    @SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
    private record Gaussians(double[] mean, double[] spread) {}

    /// Statistics without a class yet.
    ///
    /// @param centroids clusters a class, for `CENTROIDS`
    public ClassStatistics(TorchRuntime runtime, Kind kind, int centroids) {
        this.runtime = runtime;
        this.kind = kind;
        this.centroids = centroids;
    }

    /// Takes the statistics of a class in a task; they are not changed again.
    ///
    /// @param seed of the stream `sampling`, for k-means
    public void learn(int task, ClassFeatures features, long seed) {
        if (features.count() == 0) {
            return;
        }
        try (TensorScope scope = new TensorScope(runtime)) {
            Tensor rows = scope.doubles(features.rows(), features.count(), features.width());
            classes.put(new Learned(task, features.classPosition()), gaussians(scope, rows, features.count(), seed));
        }
    }

    private Gaussians gaussians(TensorScope scope, Tensor rows, int count, long seed) {
        return switch (kind) {
            case CENTROIDS -> {
                long k = Math.min(centroids, count);
                Tensor assignment = runtime.program()
                        .callAll(scope, "k_means", rows, k, seed)
                        .get(1);
                List<Tensor> moments = runtime.program().callAll(scope, "cluster_moments", rows, assignment, k);
                yield new Gaussians(moments.get(0).doubles(), moments.get(1).doubles());
            }
            case COVARIANCE -> {
                List<Tensor> moments = runtime.program().callAll(scope, "class_moments", rows);
                double[] covariance = moments.get(1).doubles();
                int width = (int) Math.round(Math.sqrt(covariance.length));
                for (int i = 0; i < width; i++) {
                    covariance[i * width + i] += JITTER;
                }
                yield new Gaussians(moments.get(0).doubles(), covariance);
            }
            case VARIANCE -> {
                List<Tensor> moments = runtime.program().callAll(scope, "class_moments", rows);
                double[] covariance = moments.get(1).doubles();
                int width = (int) Math.round(Math.sqrt(covariance.length));
                double[] variance = new double[width];
                for (int i = 0; i < width; i++) {
                    variance[i] = covariance[i * width + i];
                }
                yield new Gaussians(moments.get(0).doubles(), variance);
            }
        };
    }

    /// The Gaussians of all classes so far. Clusters without any spread, which are those of one image, are left
    /// out, unless a class has no others: no class goes without samples.
    public AlignmentSamples samples(Network network) {
        int width = network.shape().width();
        List<double[]> means = new ArrayList<>();
        List<double[]> spreads = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        classes.forEach((learned, gaussians) -> {
            int clusters = gaussians.mean().length / width;
            int size = gaussians.spread().length / clusters;
            boolean hasSpread = Arrays.stream(gaussians.spread()).anyMatch(value -> value != 0);
            for (int k = 0; k < clusters; k++) {
                double[] spread = Arrays.copyOfRange(gaussians.spread(), k * size, (k + 1) * size);
                if (hasSpread && Arrays.stream(spread).allMatch(value -> value == 0)) {
                    continue;
                }
                means.add(Arrays.copyOfRange(gaussians.mean(), k * width, (k + 1) * width));
                spreads.add(spread);
                labels.add((long) learned.position());
            }
        });
        return network.samples(
                means.size(),
                flat(means),
                flat(spreads),
                labels.stream().mapToLong(Long::longValue).toArray());
    }

    public boolean isEmpty() {
        return classes.isEmpty();
    }

    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        classes.forEach((learned, gaussians) -> {
            String name = "task" + (learned.task() + 1) + ".class" + learned.position();
            bundle.put(name + ".mean", HostTensor.ofDoubles(gaussians.mean(), gaussians.mean().length));
            bundle.put(name + ".spread", HostTensor.ofDoubles(gaussians.spread(), gaussians.spread().length));
        });
        return bundle;
    }

    public void restore(TensorBundle saved) {
        for (String name : saved.names()) {
            if (name.endsWith(".mean")) {
                String key = name.substring(0, name.length() - ".mean".length());
                String[] parts = key.split("\\.", -1);
                Learned learned = new Learned(
                        Integer.parseInt(parts[0].substring("task".length())) - 1,
                        Integer.parseInt(parts[1].substring("class".length())));
                double[] spread = saved.get(key + ".spread").doubles();
                classes.put(learned, new Gaussians(saved.get(name).doubles(), spread));
            }
        }
    }

    private static double[] flat(List<double[]> parts) {
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
