package dev.palimpsest.metrics;

import static dev.palimpsest.metrics.MetricDefinition.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The formulas at work without a file. G1, G2 and G6 are the matrices of the page on metrics, computed there
/// in exact rational arithmetic.
class ContinualMetricsTest {

    private static final List<Integer> G2_IMAGES = List.of(120, 75, 210, 33, 64);

    private final ContinualMetrics g1 = classIncremental(matrix(
            List.of(1000, 1000, 1000, 1000, 2000),
            List.of(
                    List.of(980),
                    List.of(930, 950),
                    List.of(900, 910, 960),
                    List.of(940, 880, 970, 930),
                    List.of(910, 960, 920, 900, 1880))));

    private final AccuracyMatrix g2Matrix = matrix(
            G2_IMAGES,
            List.of(
                    List.of(117),
                    List.of(104, 70),
                    List.of(98, 73, 189),
                    List.of(109, 61, 175, 32),
                    List.of(101, 74, 181, 27, 60)));

    private final ContinualMetrics g2 = classIncremental(g2Matrix);

    @Test
    void g1HasTheValuesOfThePage() {
        expect(g1, FINAL_ACCURACY, 92.6);
        expect(g1, FINAL_ACCURACY_MICRO, 92.83333333333333);
        expect(g1, AVERAGE_INCREMENTAL_ACCURACY, 93.98666666666666);
        expect(g1, FORGETTING, 3.5);
        expect(g1, WORST_TASK_FORGETTING, 7.0);
        expect(g1, BACKWARD_TRANSFER, -3.25);
        expect(g1, LEARNING_ACCURACY, 95.2);
        expect(g1, WORST_TASK_ACCURACY, 90.0);
        expect(g1, FORGETTING_CLIPPED, 3.75);
        expect(g1, FORGETTING_FIRST_MINUS_LAST, 3.25);
        expect(g1, FORGETTING_STEPWISE, 2.1458333333333335);
        expect(g1, BACKWARD_TRANSFER_ALL_PAIRS, -4.0);
        expect(g1, REMEMBERING, 96.0);
        expect(g1, POSITIVE_BACKWARD_TRANSFER, 0.0);
        expect(g1, WHOLE_TRIANGLE_ACCURACY, 93.2);
        assertThat(g1.curves().get("forgetting")).startsWith(null, 5.0, 6.0);
        assertThat(g1.byTask()).extracting(TaskMetrics::forgetting).startsWith(7.0, -1.0, 5.0, 3.0);
    }

    @Test
    void theHeadlineNamesTheTasksItCounts() {
        var headline = g1.headline();

        assertThat(headline.tasksLearned()).isEqualTo(5);
        assertThat(headline.finalAccuracy().value()).isEqualTo(92.6);
        assertThat(headline.forgetting().definition().id()).isEqualTo("clm-1/forgetting");
    }

    @Test
    void g2HasTheExactFractionsOfThePage() {
        expect(g2, FINAL_ACCURACY, 410803.0 / 4620);
        expect(g2, FINAL_ACCURACY_MICRO, 22150.0 / 251);
        expect(g2, AVERAGE_INCREMENTAL_ACCURACY, 4196831.0 / 46200);
        expect(g2, AVERAGE_INCREMENTAL_ACCURACY_MICRO, 385830697.0 / 4287582);
        expect(g2, FORGETTING, 596.0 / 77);
        expect(g2, BACKWARD_TRANSFER, -519.0 / 77);
        expect(g2, LEARNING_ACCURACY, 12449.0 / 132);
        expect(g2, WORST_TASK_ACCURACY, 900.0 / 11);
        expect(g2, FORGETTING_CLIPPED, 1865.0 / 231);
        expect(g2, FORGETTING_STEPWISE, 2501.0 / 616);
        expect(g2, BACKWARD_TRANSFER_ALL_PAIRS, -2886.0 / 385);
        expect(g2, WHOLE_TRIANGLE_ACCURACY, 137939.0 / 1540);
    }

    @Test
    void otherMeasuresComeFromTheirOwnCounts() {
        var companions = Map.of(
                Measure.TASK_ID, lastRow(Measure.TASK_ID, List.of(110, 74, 190, 28, 61)),
                Measure.TASK_KNOWN, lastRow(Measure.TASK_KNOWN, List.of(113, 75, 201, 31, 62)));

        var metrics = ContinualMetrics.of(
                g2Matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL).withCompanions(companions));

        expect(metrics, TASK_ID_ACCURACY, 1703747.0 / 18480);
        expect(metrics, TASK_ID_ACCURACY_MICRO, 23150.0 / 251);
        expect(metrics, TASK_KNOWN_ACCURACY, 177665.0 / 1848);
        expect(metrics, TASK_KNOWN_ACCURACY_MICRO, 24100.0 / 251);
        expectNull(metrics, INFERRED_TASK_ACCURACY, NullReason.NOT_MADE_BY_METHOD);
        expectNull(metrics, FINAL_TOP5_ACCURACY, NullReason.NOT_MEASURED);
        assertThat(metrics.metric(FINAL_TOP5_ACCURACY).missing())
                .startsWith(new MetricValue.Cell(5, 1))
                .hasSize(5);
    }

    @Test
    void g6TransfersForwardOnlyWhereLabelsAreShared() {
        var matrix = matrix(List.of(10, 20, 30), List.of(List.of(5, 16), List.of(6, 14, 18), List.of(7, 15, 27)));
        var untrained = Arrays.asList(null, 3, 6);

        var shared = ContinualMetrics.of(
                matrix, MetricContext.of(Scenario.DOMAIN_INCREMENTAL).withUntrainedCorrect(untrained));
        var own = ContinualMetrics.of(
                matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL).withUntrainedCorrect(untrained));

        expect(shared, FORGETTING, -7.5);
        expect(shared, FORWARD_TRANSFER, 52.5);
        expect(shared, BACKWARD_TRANSFER, 12.5);
        expect(shared, FORGETTING_CLIPPED, 0.0);
        expect(shared, REMEMBERING, 100.0);
        expectNull(shared, TASK_ID_ACCURACY, NullReason.LABELS_SHARED);
        expectNull(shared, TASK_KNOWN_ACCURACY, NullReason.LABELS_SHARED);
        expectNull(own, FORWARD_TRANSFER, NullReason.UNSEEN_CLASSES_MASKED);
        expect(own, FORGETTING, -7.5);
    }

    @Test
    void forwardTransferSaysWhatItLacks() {
        var lower = matrix(List.of(10, 20), List.of(List.of(5), List.of(6, 14)));
        var context = MetricContext.of(Scenario.DOMAIN_INCREMENTAL);

        expectNull(ContinualMetrics.of(lower, context), FORWARD_TRANSFER, NullReason.NEEDS_REFERENCE);
        expectNull(
                ContinualMetrics.of(lower, context.withUntrainedCorrect(Arrays.asList(null, 3))),
                FORWARD_TRANSFER,
                NullReason.NEEDS_FUTURE_CELLS);
    }

    @Test
    void aMeasureThatNeedsLabelsOfItsOwnHasNoNumbersWhereTheyAreShared() {
        var matrix = AccuracyMatrix.of(Measure.TASK_ID, Stage.FINAL, List.of(10), List.of(List.of(5)));

        var metrics = ContinualMetrics.of(matrix, MetricContext.of(Scenario.DOMAIN_INCREMENTAL));

        expectNull(metrics, FINAL_ACCURACY, NullReason.LABELS_SHARED);
        assertThat(metrics.curves().get("average_accuracy")).containsOnlyNulls();
        assertThat(metrics.byTask().getFirst().now()).isNull();
    }

    @Test
    void aHoleMakesNullOnlyWhatNeedsIt() {
        var holed = classIncremental(matrix(
                G2_IMAGES,
                List.of(
                        List.of(117),
                        List.of(104, 70),
                        Arrays.asList(null, 73, 189),
                        List.of(109, 61, 175, 32),
                        List.of(101, 74, 181, 27, 60))));

        expect(holed, BACKWARD_TRANSFER, -519.0 / 77);
        expectNull(holed, FORGETTING, NullReason.NOT_MEASURED);
        assertThat(holed.metric(FORGETTING).missing()).containsExactly(new MetricValue.Cell(3, 1));
    }

    @Test
    void aJobBeforeItsFirstRowHasNoNumberAtAll() {
        var metrics = classIncremental(AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, List.of(10, 10)));

        assertThat(metrics.all())
                .allSatisfy(metric -> assertThat(metric.value()).isNull());
        assertThat(metrics.variants())
                .allSatisfy(metric -> assertThat(metric.value()).isNull());
        assertThat(metrics.byTask()).isEmpty();
        assertThat(metrics.curves().get("forgetting")).isEmpty();
    }

    @Test
    void everyDefinitionIsServedOnceAndExplained() {
        var served = new ArrayList<>(g1.all());
        served.addAll(g1.variants());

        assertThat(served).hasSize(MetricDefinition.values().length - 2).doesNotHaveDuplicates();
        assertThat(MetricDefinition.values()).allSatisfy(definition -> {
            assertThat(definition.id()).matches("(clm|alt)-1/[a-z0-9_]+");
            assertThat(definition.formula()).isNotBlank();
        });
    }

    private static AccuracyMatrix lastRow(Measure measure, List<Integer> counts) {
        var matrix = AccuracyMatrix.empty(measure, Stage.FINAL, G2_IMAGES);
        while (matrix.tasksLearned() < counts.size() - 1) {
            matrix = matrix.withMissingRow();
        }
        return matrix.withRow(Collections.unmodifiableList(counts));
    }

    private static AccuracyMatrix matrix(List<Integer> images, List<List<@Nullable Integer>> rows) {
        return AccuracyMatrix.of(Measure.TOP1, Stage.FINAL, images, rows);
    }

    private static ContinualMetrics classIncremental(AccuracyMatrix matrix) {
        return ContinualMetrics.of(matrix, MetricContext.of(Scenario.CLASS_INCREMENTAL));
    }

    private static void expect(ContinualMetrics metrics, MetricDefinition definition, double value) {
        assertThat(metrics.metric(definition).value()).as(definition.id()).isCloseTo(value, within(1e-9));
    }

    private static void expectNull(ContinualMetrics metrics, MetricDefinition definition, NullReason reason) {
        assertThat(metrics.metric(definition).value()).as(definition.id()).isNull();
        assertThat(metrics.metric(definition).nullReason()).as(definition.id()).isEqualTo(reason);
    }
}
