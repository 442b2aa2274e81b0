package dev.palimpsest.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The distance by which the task of an image is inferred (`docs/methods/lorac-ipc.md` 6.3).
@Tag("engine")
class TaskInferenceIT {

    /// Covariance [[0.9999, 0.5], [0.5, 0.9999]] of the specification, from few rows and from many: one takes
    /// the low-rank form, the other the full one.
    @ParameterizedTest
    @ValueSource(ints = {2, 40})
    void theVectorOfTheSpecification(int rows) {
        int count = rows == 2 ? 3 : rows;
        double[] data = withCovariance(count, 0.9999, 0.5);

        double[] distances = distances(data, count, 2, new double[] {1, 0, 1, 1, 1, -1});

        assertThat(distances).containsExactly(new double[] {16.0 / 15, 1.6, 8.0 / 3}, within(1e-9));
    }

    /// Rows with mean 0 and exactly this unbiased covariance.
    private static double[] withCovariance(int count, double variance, double covariance) {
        double[] x = new double[count];
        double[] y = new double[count];
        Random random = new Random(1);
        for (int i = 0; i < count; i++) {
            x[i] = random.nextGaussian();
            y[i] = random.nextGaussian();
        }
        centre(x);
        centre(y);
        double xx = product(x, x);
        double xy = product(x, y);
        for (int i = 0; i < count; i++) {
            y[i] -= xy / xx * x[i];
        }
        double unitX = Math.sqrt((count - 1) / xx);
        double unitY = Math.sqrt((count - 1) / product(y, y));
        double deviation = Math.sqrt(variance);
        double lower = covariance / deviation;
        double rest = Math.sqrt(variance - lower * lower);
        double[] rows = new double[2 * count];
        for (int i = 0; i < count; i++) {
            rows[2 * i] = deviation * unitX * x[i];
            rows[2 * i + 1] = lower * unitX * x[i] + rest * unitY * y[i];
        }
        return rows;
    }

    private static void centre(double[] values) {
        double mean = 0;
        for (double value : values) {
            mean += value / values.length;
        }
        for (int i = 0; i < values.length; i++) {
            values[i] -= mean;
        }
    }

    private static double product(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 6, 7, 20})
    void bothFormsAreTheInverse(int rows) {
        int width = 6;
        double[] data = new Random(rows).doubles((long) rows * width, -1, 1).toArray();
        double[] feature = new Random(99).doubles(width, -1, 1).toArray();

        double found = distances(data, rows, width, feature)[0];

        assertThat(found).isCloseTo(direct(data, rows, width, feature), within(1e-9 * Math.abs(found)));
    }

    /// Distances of features from the mean of a cluster of rows.
    private static double[] distances(double[] data, int rows, int width, double[] features) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            List<Tensor> parts =
                    TestPrograms.PROGRAM.callAll(scope, "inference_cluster", scope.doubles(data, rows, width));
            double[] mean = parts.getFirst().doubles();
            double[] shifted = features.clone();
            for (int i = 0; i < shifted.length; i++) {
                shifted[i] += mean[i % width];
            }
            return TestPrograms.PROGRAM
                    .call(
                            scope,
                            "class_distances",
                            scope.doubles(shifted, shifted.length / width, width),
                            List.of(parts.get(0)),
                            List.of(parts.get(1)),
                            List.of(parts.get(2)),
                            List.of(parts.get(3)),
                            new long[] {1})
                    .doubles();
        }
    }

    /// `h^T Sigma^-1 h` as it is written: Sigma = C + lambda I, lambda = 2e-4 + the mean variance, h =
    /// sqrt(diag Sigma) times the difference.
    private static double direct(double[] data, int rows, int width, double[] difference) {
        double[] mean = new double[width];
        for (int i = 0; i < rows * width; i++) {
            mean[i % width] += data[i] / rows;
        }
        double[][] sigma = new double[width][width];
        double trace = 0;
        for (int a = 0; a < width; a++) {
            for (int b = 0; b < width; b++) {
                for (int i = 0; i < rows; i++) {
                    sigma[a][b] +=
                            (data[i * width + a] - mean[a]) * (data[i * width + b] - mean[b]) / Math.max(1, rows - 1);
                }
            }
            trace += sigma[a][a];
        }
        double[] h = new double[width];
        for (int d = 0; d < width; d++) {
            sigma[d][d] += 2e-4 + trace / width;
            h[d] = Math.sqrt(sigma[d][d]) * difference[d];
        }
        return product(h, solved(sigma, h));
    }

    /// Gauss without pivots: the matrix is positive definite.
    private static double[] solved(double[][] matrix, double[] right) {
        int n = right.length;
        double[] x = right.clone();
        for (int k = 0; k < n; k++) {
            for (int i = k + 1; i < n; i++) {
                double factor = matrix[i][k] / matrix[k][k];
                for (int j = k; j < n; j++) {
                    matrix[i][j] -= factor * matrix[k][j];
                }
                x[i] -= factor * x[k];
            }
        }
        for (int i = n - 1; i >= 0; i--) {
            for (int j = i + 1; j < n; j++) {
                x[i] -= matrix[i][j] * x[j];
            }
            x[i] /= matrix[i][i];
        }
        return x;
    }

    @Test
    void aClassWithAClusterOfOneImageIsOneCluster() {
        // five images of a direction and one far away: two clusters would leave it alone
        int width = 8;
        double[] rows = new double[6 * width];
        Random random = new Random(2);
        for (int i = 0; i < 6; i++) {
            for (int d = 0; d < width; d++) {
                rows[i * width + d] = (i == 5 ? (d == 7 ? 1 : 0) : (d == 0 ? 1 : 0)) + 0.01 * random.nextGaussian();
            }
        }
        InferenceStatistics statistics = new InferenceStatistics(TestPrograms.RUNTIME, 2);

        statistics.learn(0, new ClassFeatures(0, rows, 6, width), 1);
        statistics.learn(1, new ClassFeatures(1, Arrays.copyOf(rows, width), 1, width), 1);

        assertThat(statistics.save().names())
                .filteredOn(name -> name.startsWith("task1.class0."))
                .allMatch(name -> name.contains(".cluster0."));
        double[] distances = statistics.distances(rows, width, 0);
        assertThat(distances).hasSize(12);
        assertThat(Arrays.stream(distances)).allMatch(Double::isFinite);
    }

    @Test
    void aRestoredClassMeasuresTheSameDistances() {
        int width = 5;
        InferenceStatistics statistics = new InferenceStatistics(TestPrograms.RUNTIME, 2);
        for (int c = 0; c < 3; c++) {
            double[] rows = new Random(c).doubles(12L * width, -1, 1).toArray();
            statistics.learn(c / 2, new ClassFeatures(c, rows, 12, width), c);
        }
        InferenceStatistics restored = new InferenceStatistics(TestPrograms.RUNTIME, 2);
        restored.restore(statistics.save(), 0, new int[] {0, 1});
        restored.restore(statistics.save(), 1, new int[] {2});
        double[] features = new Random(9).doubles(4L * width, -1, 1).toArray();

        assertThat(restored.distances(features, width, 0)).isEqualTo(statistics.distances(features, width, 0));
        assertThat(restored.task(2)).isEqualTo(1);
    }
}
