package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// A few training images of every class learned so far, kept as rows of the plan's training images
/// (`docs/methods/task-arithmetic.md` 5).
///
/// Saved: `class{c}`, rows in the order in which they were chosen; c the class position.
final class ExemplarMemory {

    private static final String CLASS = "class";

    private final ExemplarSettings settings;
    private final SortedMap<Integer, int[]> rows = new TreeMap<>();

    ExemplarMemory(ExemplarSettings settings) {
        this.settings = settings;
    }

    /// Chooses among the training images of the task that has just been learned.
    ///
    /// @param place in the stream `sampling` of the first class of the plan
    void choose(TaskContext task, int place) {
        SortedMap<Integer, int[]> own = task.rows();
        switch (settings.selection()) {
            case RANDOM ->
                own.forEach((position, all) ->
                        rows.put(position, drawn(all, task.seed(Stream.SAMPLING, place + position))));
            case HERDING -> {
                for (ClassFeatures features : task.features(AdapterView.NONE)) {
                    int[] all = own.getOrDefault(features.classPosition(), new int[0]);
                    int[] chosen = herded(task.network().runtime(), features);
                    rows.put(
                            features.classPosition(),
                            Arrays.stream(chosen).map(i -> all[i]).toArray());
                }
            }
        }
    }

    private int[] drawn(int[] all, long seed) {
        return Arrays.stream(RandomStreams.permutation(seed, all.length))
                .limit(settings.perClass())
                .map(i -> all[i])
                .toArray();
    }

    /// Image after image, the one that brings the mean of those chosen closest to the mean of the class; of equally
    /// close
    /// ones the first.
    private int[] herded(TorchRuntime runtime, ClassFeatures features) {
        int count = features.count();
        int width = features.width();
        double[][] unit = new double[count][];
        double[] mean = new double[width];
        for (int i = 0; i < count; i++) {
            try (TensorScope scope = new TensorScope(runtime)) {
                unit[i] = features.rows().in(scope, i, 1).doubles();
            }
            double length =
                    Math.sqrt(Arrays.stream(unit[i]).map(value -> value * value).sum());
            for (int d = 0; d < width; d++) {
                unit[i][d] /= length;
                mean[d] += unit[i][d] / count;
            }
        }
        int[] chosen = new int[Math.min(count, settings.perClass())];
        boolean[] taken = new boolean[count];
        double[] sum = new double[width];
        for (int k = 0; k < chosen.length; k++) {
            double least = Double.POSITIVE_INFINITY;
            for (int i = 0; i < count; i++) {
                double distance = taken[i] ? Double.POSITIVE_INFINITY : distance(mean, sum, unit[i], k + 1);
                if (distance < least) {
                    least = distance;
                    chosen[k] = i;
                }
            }
            taken[chosen[k]] = true;
            for (int d = 0; d < width; d++) {
                sum[d] += unit[chosen[k]][d];
            }
        }
        return chosen;
    }

    private static double distance(double[] mean, double[] sum, double[] next, int count) {
        double squares = 0;
        for (int d = 0; d < mean.length; d++) {
            double apart = mean[d] - (sum[d] + next[d]) / count;
            squares += apart * apart;
        }
        return squares;
    }

    /// Tasks with what is kept of their images alone.
    List<LearningTask> of(List<LearningTask> learned) {
        return learned.stream()
                .map(task -> task.trainedOn(Arrays.stream(task.classes())
                        .flatMap(position -> Arrays.stream(rows.getOrDefault(position, new int[0])))
                        .sorted()
                        .toArray()))
                .toList();
    }

    TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        rows.forEach((position, kept) -> bundle.put(
                CLASS + position,
                HostTensor.ofLongs(Arrays.stream(kept).asLongStream().toArray(), kept.length)));
        return bundle;
    }

    /// Takes what [#save] gave.
    void restore(TensorBundle saved) {
        for (String name : saved.names()) {
            long[] kept = saved.get(name).longs();
            rows.put(
                    Integer.parseInt(name.substring(CLASS.length())),
                    Arrays.stream(kept).mapToInt(Math::toIntExact).toArray());
        }
    }
}
