package dev.palimpsest.training;

import dev.palimpsest.memory.FeatureBlocks;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// What is known of test images and never changes: their features under each snapshot, and the nearest class
/// so far.
///
/// A snapshot's weights are fixed, so evaluations before and after alignment and after later tasks share
/// them. A feature is there once, for the images that need it, in libtorch's memory and in the network's own type.
final class EvaluationCache implements AutoCloseable {

    private static final int UNKNOWN = -1;

    private final FeatureBlocks features;
    private final Map<String, Images> sets = new HashMap<>();

    /// @param block features computed at once
    EvaluationCache(TorchRuntime runtime, int block) {
        this.features = new FeatureBlocks(runtime, block);
    }

    Images of(String set, int images) {
        return sets.computeIfAbsent(set, name -> new Images(features, images));
    }

    /// Takes computed features over.
    ///
    /// @return the number by which the first of them is known
    int add(Tensor rows) {
        return features.add(rows);
    }

    @Override
    public void close() {
        features.close();
    }

    /// The images of one test set.
    static final class Images {

        private final FeatureBlocks features;

        /// By snapshot, the row of each image's feature.
        private final Map<Integer, int[]> rows = new HashMap<>();

        private final double[] distance;
        private final int[] nearest;
        private int classes;

        private Images(FeatureBlocks features, int images) {
            this.features = features;
            this.distance = new double[images];
            this.nearest = new int[images];
            Arrays.fill(distance, Double.POSITIVE_INFINITY);
        }

        boolean knows(int snapshot, int image) {
            int[] known = rows.get(snapshot);
            return known != null && known[image] != UNKNOWN;
        }

        void put(int snapshot, int image, int row) {
            rows.computeIfAbsent(snapshot, j -> {
                int[] none = new int[distance.length];
                Arrays.fill(none, UNKNOWN);
                return none;
            })[image] = row;
        }

        /// Features of images `from` to `from + snapshots.length`, each under its snapshot. Shape [n, D].
        Tensor features(TensorScope scope, int from, int[] snapshots) {
            long[] numbers = new long[snapshots.length];
            for (int i = 0; i < numbers.length; i++) {
                int[] known = rows.get(snapshots[i]);
                if (known == null || known[from + i] == UNKNOWN) {
                    throw new IllegalStateException(
                            "no feature of image " + (from + i) + " under snapshot " + snapshots[i]);
                }
                numbers[i] = known[from + i];
            }
            return features.rows(scope, numbers);
        }

        /// How many classes the nearest one was chosen from.
        int classes() {
            return classes;
        }

        /// Takes the distances of images from `from` on to further classes; of equally near ones the earlier stays.
        ///
        /// @param distances shape [n, more]
        void nearer(int from, double[] distances, int more) {
            for (int i = 0; i < distances.length / more; i++) {
                for (int c = 0; c < more; c++) {
                    if (distances[i * more + c] < distance[from + i]) {
                        distance[from + i] = distances[i * more + c];
                        nearest[from + i] = classes + c;
                    }
                }
            }
        }

        /// Every image has been compared with that many classes.
        void compared(int withClasses) {
            classes = withClasses;
        }

        /// Number of the nearest class in the order of learning.
        int nearest(int image) {
            return nearest[image];
        }
    }
}
