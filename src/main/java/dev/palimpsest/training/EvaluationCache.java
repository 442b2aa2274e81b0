package dev.palimpsest.training;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/// What is known of test images and never changes: their features under each snapshot, and the nearest class
/// so far.
///
/// A snapshot's weights are fixed, so evaluations before and after alignment and after later tasks share
/// them.
final class EvaluationCache {

    private final Map<String, Images> sets = new HashMap<>();

    Images of(String set, int images, int width) {
        return sets.computeIfAbsent(set, name -> new Images(images, width));
    }

    /// The images of one test set.
    static final class Images {

        private final int width;
        private final Map<Integer, double[]> features = new HashMap<>();
        private final Map<Integer, boolean[]> known = new HashMap<>();
        private final double[] distance;
        private final int[] nearest;
        private int classes;

        private Images(int images, int width) {
            this.width = width;
            this.distance = new double[images];
            this.nearest = new int[images];
            Arrays.fill(distance, Double.POSITIVE_INFINITY);
        }

        boolean knows(int snapshot, int image) {
            boolean[] flags = known.get(snapshot);
            return flags != null && flags[image];
        }

        void put(int snapshot, int image, double[] rows, int row) {
            double[] all = features.computeIfAbsent(snapshot, j -> new double[distance.length * width]);
            System.arraycopy(rows, row * width, all, image * width, width);
            known.computeIfAbsent(snapshot, j -> new boolean[distance.length])[image] = true;
        }

        /// Copies the feature of an image under a snapshot to row `row`.
        void copy(int snapshot, int image, double[] target, int row) {
            double[] all = features.get(snapshot);
            if (all == null) {
                throw new IllegalStateException("no features of snapshot " + snapshot);
            }
            System.arraycopy(all, image * width, target, row * width, width);
        }

        /// How many classes the nearest one was chosen from.
        int classes() {
            return classes;
        }

        /// Takes the distances to further classes; of equally near ones the earlier stays.
        ///
        /// @param distances shape [images, more]
        void nearer(double[] distances, int more) {
            for (int i = 0; i < distance.length; i++) {
                for (int c = 0; c < more; c++) {
                    if (distances[i * more + c] < distance[i]) {
                        distance[i] = distances[i * more + c];
                        nearest[i] = classes + c;
                    }
                }
            }
            classes += more;
        }

        /// Number of the nearest class in the order of learning.
        int nearest(int image) {
            return nearest[image];
        }
    }
}
