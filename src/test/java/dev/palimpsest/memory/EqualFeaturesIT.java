package dev.palimpsest.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Statistics of classes whose images repeat each other: k-means leaves clusters empty.
@Tag("engine")
class EqualFeaturesIT {

    private static final int WIDTH = 6;

    /// Rows far from the origin and from each other.
    ///
    /// @param repeats how often each of the different rows stands there, one after the other
    private static double[] rows(int... repeats) {
        Random random = new Random(17);
        List<double[]> rows = new ArrayList<>();
        for (int times : repeats) {
            double[] row = random.doubles(WIDTH, 5, 20).toArray();
            for (int i = 0; i < times; i++) {
                rows.add(row);
            }
        }
        return rows.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    private static ClassFeatures features(double[] rows) {
        return new ClassFeatures(0, rows, rows.length / WIDTH, WIDTH);
    }

    private static TensorBundle learned(int centroids, double[] rows) {
        try (ClassStatistics statistics =
                new ClassStatistics(TestPrograms.RUNTIME, ClassStatistics.Kind.CENTROIDS, centroids)) {
            statistics.learn(0, features(rows), 3);
            return Tensors.copy(statistics.save());
        }
    }

    /// Pictures in groups of equal ones, centroids asked for, clusters that are.
    @ParameterizedTest
    @CsvSource({
        "2, 10, 1",
        "6, 4, 1",
        "1, 10, 1",
        "2 1 1 1 1 1 1 1 1, 10, 9",
        "3 3, 10, 2",
        "1 1 1, 10, 3",
        "2 2 2, 3, 3"
    })
    void everyClusterOfAlignmentHasImages(String repeats, int centroids, int clusters) {
        double[] rows = rows(Arrays.stream(repeats.split(" ", -1))
                .mapToInt(Integer::parseInt)
                .toArray());

        TensorBundle saved = learned(centroids, rows);

        double[] means = saved.get("task1.class0.mean").doubles();
        assertThat(means).hasSize(clusters * WIDTH);
        assertThat(saved.get("task1.class0.spread").doubles()).hasSameSizeAs(means);
        assertThat(Arrays.stream(means)).allMatch(value -> value >= 5 && value <= 20);
    }

    @Test
    void clustersOfDifferentImagesAreWhatTheyWere() {
        double[] rows = rows(1, 1, 1, 1);

        double[] means = learned(4, rows).get("task1.class0.mean").doubles();

        Set<List<Double>> found = new HashSet<>();
        Set<List<Double>> images = new HashSet<>();
        for (int i = 0; i < 4; i++) {
            found.add(Arrays.stream(means, i * WIDTH, (i + 1) * WIDTH).boxed().toList());
            images.add(Arrays.stream(rows, i * WIDTH, (i + 1) * WIDTH).boxed().toList());
        }
        assertThat(found).isEqualTo(images);
    }

    /// Pictures in groups of equal ones, clusters asked for, clusters that are.
    @ParameterizedTest
    @CsvSource({"2 2, 4, 2", "6, 2, 1", "2 2 2, 4, 3", "2 1, 3, 1", "3, 4, 1", "5 5, 2, 2"})
    void everyClusterOfTheTaskInferenceHasImages(String repeats, int asked, int clusters) {
        double[] rows = rows(Arrays.stream(repeats.split(" ", -1))
                .mapToInt(Integer::parseInt)
                .toArray());
        InferenceStatistics statistics = new InferenceStatistics(TestPrograms.RUNTIME, asked);

        statistics.learn(0, features(rows), 3);

        TensorBundle saved = statistics.save();
        assertThat(saved.names()).filteredOn(name -> name.endsWith(".mean")).hasSize(clusters);
        for (int k = 0; k < clusters; k++) {
            double[] mean = saved.get("task1.class0.cluster" + k + ".mean").doubles();
            assertThat(Arrays.stream(mean).map(value -> value * value).sum()).isCloseTo(1, within(0.2));
        }
        assertThat(Arrays.stream(statistics.distances(rows, WIDTH, 0))).allMatch(Double::isFinite);
        InferenceStatistics restored = new InferenceStatistics(TestPrograms.RUNTIME, asked);
        restored.restore(saved, 0, new int[] {0});
        assertThat(restored.distances(rows, WIDTH, 0)).isEqualTo(statistics.distances(rows, WIDTH, 0));
    }
}
