package dev.palimpsest.metrics;

import static dev.palimpsest.metrics.MetricDefinition.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Random triangles, with and without holes, against a second implementation in which a hole is NaN.
class ContinualMetricsPropertyTest {

    private static final Offset<Double> SAME = within(1e-9);
    private static final Map<MetricDefinition, ToDoubleFunction<double[][]>> SECOND = second();

    private final Random random = new Random(20261121);

    @Test
    void theIdentitiesHoldOnFullTriangles() {
        for (int round = 0; round < 300; round++) {
            var triangle = Triangle.draw(random, 0);
            var metrics = triangle.metrics();
            if (triangle.tasks() > 1) {
                double forgetting = value(metrics, FORGETTING);
                double transfer = value(metrics, BACKWARD_TRANSFER);
                assertThat(forgetting).isGreaterThanOrEqualTo(-transfer - 1e-9);
                assertThat(value(metrics, FORGETTING_CLIPPED)).isGreaterThanOrEqualTo(Math.max(forgetting, 0) - 1e-9);
                assertThat(value(metrics, FORGETTING_FIRST_MINUS_LAST)).isCloseTo(-transfer, SAME);
            } else {
                double only = value(metrics, FINAL_ACCURACY);
                assertThat(value(metrics, AVERAGE_INCREMENTAL_ACCURACY)).isEqualTo(only);
                assertThat(value(metrics, LEARNING_ACCURACY)).isEqualTo(only);
            }
        }
    }

    @Test
    void onEqualTasksMicroIsMacro() {
        for (int round = 0; round < 100; round++) {
            var tasks = 1 + random.nextInt(12);
            var metrics = Triangle.draw(random, 0, Collections.nCopies(tasks, 1 + random.nextInt(500)))
                    .metrics();

            assertThat(value(metrics, FINAL_ACCURACY_MICRO)).isCloseTo(value(metrics, FINAL_ACCURACY), SAME);
            assertThat(value(metrics, AVERAGE_INCREMENTAL_ACCURACY_MICRO))
                    .isCloseTo(value(metrics, AVERAGE_INCREMENTAL_ACCURACY), SAME);
        }
    }

    @Test
    void aMetricIsNullExactlyWhenACellItNeedsIsMissing() {
        for (int round = 0; round < 300; round++) {
            var triangle = Triangle.draw(random, random.nextDouble(0.3));
            var metrics = triangle.metrics();
            var percent = triangle.percent();
            SECOND.forEach((definition, formula) -> {
                if (triangle.tasks() < definition.leastTasks()) {
                    assertThat(metrics.metric(definition).nullReason()).isEqualTo(NullReason.NEEDS_TWO_TASKS);
                    return;
                }
                double second = formula.applyAsDouble(percent);
                var metric = metrics.metric(definition);
                if (Double.isNaN(second)) {
                    assertThat(metric.value()).as(definition.id()).isNull();
                } else {
                    assertThat(metric.value()).as(definition.id()).isCloseTo(second, SAME);
                }
                assertThat(metric.missing()).as(definition.id()).isEqualTo(triangle.missing(formula));
            });
        }
    }

    @Test
    void theOrderOfTheImagesChangesNothing() {
        var flags = new ArrayList<>(
                IntStream.range(0, 40).mapToObj(_ -> random.nextBoolean()).toList());
        var before = count(flags);

        Collections.shuffle(flags, random);

        assertThat(count(flags)).isEqualTo(before);
    }

    @Test
    void aTransposedMatrixIsAnotherMatrix() {
        for (int round = 0; round < 50; round++) {
            var triangle = Triangle.draw(random, 0, List.of(100, 100, 100));
            var full = new ArrayList<List<@Nullable Integer>>();
            for (int k = 0; k < 3; k++) {
                var row = new ArrayList<@Nullable Integer>();
                for (int j = 0; j < 3; j++) {
                    row.add(k <= j ? triangle.rows().get(j).get(k) : null);
                }
                full.add(row);
            }

            var transposed = ContinualMetrics.of(
                    AccuracyMatrix.of(Measure.TOP1, Stage.FINAL, triangle.images(), full),
                    MetricContext.of(Scenario.CLASS_INCREMENTAL));

            assertThat(transposed.metric(FINAL_ACCURACY).value()).isNull();
            assertThat(transposed.metric(FORGETTING).value()).isNull();
        }
    }

    private static long count(List<Boolean> flags) {
        return flags.stream().filter(right -> right).count();
    }

    private static double value(ContinualMetrics metrics, MetricDefinition definition) {
        var value = metrics.metric(definition).value();
        assertThat(value).as(definition.id()).isNotNull();
        return value == null ? Double.NaN : value;
    }

    /// Whole rows and columns at a time, where the code under test walks cells; equal weights, so no micro
    /// here.
    private static Map<MetricDefinition, ToDoubleFunction<double[][]>> second() {
        var formulas = new LinkedHashMap<MetricDefinition, ToDoubleFunction<double[][]>>();
        formulas.put(FINAL_ACCURACY, a -> mean(a[a.length - 1]));
        formulas.put(
                AVERAGE_INCREMENTAL_ACCURACY,
                a -> mean(Arrays.stream(a).mapToDouble(row -> mean(row)).toArray()));
        formulas.put(WORST_TASK_ACCURACY, a -> least(a[a.length - 1]));
        formulas.put(LEARNING_ACCURACY, a -> mean(olds(a, a.length, j -> a[j][j])));
        formulas.put(BACKWARD_TRANSFER, a -> mean(olds(a, a.length - 1, j -> a[a.length - 1][j] - a[j][j])));
        formulas.put(FORGETTING_FIRST_MINUS_LAST, a -> mean(olds(a, a.length - 1, j -> a[j][j] - a[a.length - 1][j])));
        formulas.put(FORGETTING, a -> mean(olds(a, a.length - 1, j -> -least(drops(a, j, 1)))));
        formulas.put(WORST_TASK_FORGETTING, a -> -least(olds(a, a.length - 1, j -> least(drops(a, j, 1)))));
        formulas.put(FORGETTING_CLIPPED, a -> mean(olds(a, a.length - 1, j -> -least(drops(a, j, 0)))));
        formulas.put(
                BACKWARD_TRANSFER_ALL_PAIRS,
                a -> mean(IntStream.range(0, a.length)
                        .boxed()
                        .flatMapToDouble(i -> IntStream.range(0, i).mapToDouble(j -> a[i][j] - a[j][j]))
                        .toArray()));
        formulas.put(
                WHOLE_TRIANGLE_ACCURACY,
                a -> mean(Arrays.stream(a).flatMapToDouble(Arrays::stream).toArray()));
        formulas.put(
                FORGETTING_STEPWISE,
                a -> mean(IntStream.range(1, a.length)
                        .mapToDouble(t -> mean(olds(a, t, i -> a[t - 1][i] - a[t][i])))
                        .toArray()));
        return formulas;
    }

    private static double[] olds(double[][] a, int tasks, IntToDoubleFunction value) {
        return IntStream.range(0, Math.min(tasks, a.length)).mapToDouble(value).toArray();
    }

    /// a[T,j] - a[l,j] for the rows since task j was learned, without the last `skipped` ones.
    private static double[] drops(double[][] a, int j, int skipped) {
        return IntStream.range(j, a.length - skipped)
                .mapToDouble(l -> a[a.length - 1][j] - a[l][j])
                .toArray();
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).sum() / values.length;
    }

    private static double least(double[] values) {
        return Arrays.stream(values).reduce(Double.POSITIVE_INFINITY, Math::min);
    }

    private record Triangle(List<Integer> images, List<List<@Nullable Integer>> rows) {

        static Triangle draw(Random random, double holes) {
            return draw(
                    random,
                    holes,
                    IntStream.range(0, 1 + random.nextInt(12))
                            .mapToObj(_ -> 1 + random.nextInt(500))
                            .toList());
        }

        static Triangle draw(Random random, double holes, List<Integer> images) {
            var rows = new ArrayList<List<@Nullable Integer>>();
            for (int k = 0; k < images.size(); k++) {
                var row = new ArrayList<@Nullable Integer>();
                for (int j = 0; j <= k; j++) {
                    row.add(random.nextDouble() < holes ? null : random.nextInt(images.get(j) + 1));
                }
                rows.add(row);
            }
            return new Triangle(images, rows);
        }

        int tasks() {
            return images.size();
        }

        ContinualMetrics metrics() {
            return ContinualMetrics.of(
                    AccuracyMatrix.of(Measure.TOP1, Stage.FINAL, images, rows),
                    MetricContext.of(Scenario.CLASS_INCREMENTAL));
        }

        /// The lower triangle in percent, NaN where nothing was measured.
        double[][] percent() {
            var percent = new double[tasks()][];
            for (int k = 0; k < tasks(); k++) {
                percent[k] = new double[k + 1];
                for (int j = 0; j <= k; j++) {
                    var count = rows.get(k).get(j);
                    percent[k][j] = count == null ? Double.NaN : 100.0 * count / images.get(j);
                }
            }
            return percent;
        }

        /// The holes that the formula needs: those whose NaN alone makes its result NaN.
        List<MetricValue.Cell> missing(ToDoubleFunction<double[][]> formula) {
            var missing = new ArrayList<MetricValue.Cell>();
            for (int k = 0; k < tasks(); k++) {
                for (int j = 0; j <= k; j++) {
                    if (rows.get(k).get(j) == null && needs(formula, k, j)) {
                        missing.add(new MetricValue.Cell(k + 1, j + 1));
                    }
                }
            }
            return missing;
        }

        private boolean needs(ToDoubleFunction<double[][]> formula, int row, int column) {
            var full = percent();
            for (var cells : full) {
                Arrays.setAll(cells, j -> Double.isNaN(cells[j]) ? 50 : cells[j]);
            }
            full[row][column] = Double.NaN;
            return Double.isNaN(formula.applyAsDouble(full));
        }
    }
}
