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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/// Gaussians of the features of each class, from which the head is aligned later (`docs/methods/lorac-ipc.md` 6.1).
///
/// Saved as `task{t}.class{c}.mean` [k, D] and `.spread` [k, D] or [D, D], flat; t from 1, c the class
/// position. The bundle refers to tensors of this object: it is written before another class is learned.
public final class ClassStatistics implements AutoCloseable {

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

    /// Where shrunk means begin.
    private static final double OLDEST = 0.9;

    private final TorchRuntime runtime;
    private final Kind kind;
    private final int centroids;
    private final Map<Learned, Gaussians> classes = new LinkedHashMap<>();

    private record Learned(int task, int position) {}

    /// In double and in libtorch's memory, flat.
    ///
    /// @param mean [k, D]
    /// @param spread variances [k, D], or a covariance [D, D] with the jitter already in
    private record Gaussians(Tensor mean, Tensor spread) {

        void close() {
            mean.close();
            spread.close();
        }
    }

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
            Tensor rows = features.in(scope);
            put(new Learned(task, features.classPosition()), gaussians(scope, rows, features.count(), seed));
        }
    }

    private void put(Learned learned, Gaussians gaussians) {
        Gaussians before = classes.put(learned, gaussians);
        if (before != null) {
            before.close();
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
                long[] counts = moments.get(2).longs();
                yield new Gaussians(
                        scope.keep(ofSome(scope, moments.get(0), counts)),
                        scope.keep(ofSome(scope, moments.get(1), counts)));
            }
            case COVARIANCE -> {
                List<Tensor> moments = runtime.program().callAll(scope, "class_moments", rows);
                Tensor covariance = runtime.program().call(scope, "jittered", moments.get(1), JITTER);
                yield new Gaussians(scope.keep(moments.get(0)), scope.keep(covariance));
            }
            case VARIANCE -> {
                List<Tensor> moments = runtime.program().callAll(scope, "class_moments", rows);
                Tensor variance = runtime.program().call(scope, "diagonal_of", moments.get(1));
                yield new Gaussians(scope.keep(moments.get(0)), scope.keep(variance));
            }
        };
    }

    /// The rows of those clusters that have images. Equal features leave clusters empty: these are none, whatever
    /// stands in their place.
    ///
    /// @param rows shape [k, D]
    /// @param counts images of each cluster
    private static Tensor ofSome(TensorScope scope, Tensor rows, long[] counts) {
        int[] some =
                IntStream.range(0, counts.length).filter(k -> counts[k] > 0).toArray();
        if (some.length == counts.length) {
            return rows;
        }
        double[] all = rows.doubles();
        int width = all.length / counts.length;
        double[] kept = new double[some.length * width];
        for (int i = 0; i < some.length; i++) {
            System.arraycopy(all, some[i] * width, kept, i * width, width);
        }
        return scope.doubles(kept, some.length, width);
    }

    /// The Gaussians of all classes so far. Clusters without any spread, which are those of one image
    /// or of equal ones, are left out, unless a class has no others: no class goes without samples.
    ///
    /// @param shrinkMeans whether means count less the older their task: of the first of ten tasks 0.91,
    ///     of the newest 1
    public AlignmentSamples samples(Network network, boolean shrinkMeans) {
        int width = network.shape().width();
        List<HostTensor> means = new ArrayList<>();
        List<HostTensor> spreads = new ArrayList<>();
        List<Long> labels = new ArrayList<>();
        List<Double> shares = new ArrayList<>();
        double tasks =
                1 + classes.keySet().stream().mapToInt(Learned::task).max().orElse(0);
        classes.forEach((learned, gaussians) -> {
            long clusters = gaussians.mean().elements() / width;
            long size = gaussians.spread().elements() / clusters;
            byte[] spread = haveSpread(gaussians, clusters);
            boolean any = IntStream.range(0, spread.length).anyMatch(k -> spread[k] != 0);
            for (int k = 0; k < clusters; k++) {
                if (any && spread[k] == 0) {
                    continue;
                }
                means.add(HostTensor.of(gaussians.mean(), (long) k * width, width));
                spreads.add(HostTensor.of(gaussians.spread(), k * size, size));
                labels.add((long) learned.position());
                shares.add(shrinkMeans ? OLDEST + (1 - OLDEST) * (learned.task() + 1) / tasks : 1);
            }
        });
        return network.samples(
                means,
                spreads,
                labels.stream().mapToLong(Long::longValue).toArray(),
                shares.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /// 1 for each cluster that has any spread, else 0.
    private byte[] haveSpread(Gaussians gaussians, long clusters) {
        try (TensorScope scope = new TensorScope(runtime)) {
            return runtime.program()
                    .call(scope, "rows_with_content", gaussians.spread(), clusters)
                    .bytes();
        }
    }

    /// How many classes were learned; one that several tasks have counts in each.
    public int count() {
        return classes.size();
    }

    public boolean isEmpty() {
        return classes.isEmpty();
    }

    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        classes.forEach((learned, gaussians) -> {
            String name = "task" + (learned.task() + 1) + ".class" + learned.position();
            bundle.put(name + ".mean", flat(gaussians.mean()));
            bundle.put(name + ".spread", flat(gaussians.spread()));
        });
        return bundle;
    }

    private static HostTensor flat(Tensor values) {
        return HostTensor.of(values, 0, values.elements());
    }

    public void restore(TensorBundle saved) {
        for (String name : saved.names()) {
            if (name.endsWith(".mean")) {
                String key = name.substring(0, name.length() - ".mean".length());
                String[] parts = key.split("\\.", -1);
                Learned learned = new Learned(
                        Integer.parseInt(parts[0].substring("task".length())) - 1,
                        Integer.parseInt(parts[1].substring("class".length())));
                try (TensorScope scope = new TensorScope(runtime)) {
                    Tensor mean = saved.get(name).in(scope);
                    Tensor spread = saved.get(key + ".spread").in(scope);
                    put(learned, new Gaussians(scope.keep(mean), scope.keep(spread)));
                }
            }
        }
    }

    @Override
    public void close() {
        classes.values().forEach(Gaussians::close);
        classes.clear();
    }
}
