package dev.palimpsest.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AccuracyMatrixTest {

    private final AccuracyMatrix matrix = AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, List.of(10, 20, 30));

    @Test
    void aRowMakesALongerMatrixAndLeavesTheOldOneAlone() {
        var longer = matrix.withRow(List.of(8));

        assertThat(matrix.tasksLearned()).isZero();
        assertThat(longer.tasksLearned()).isEqualTo(1);
        assertThat(longer.correct(0, 0)).isEqualTo(8);
        assertThat(longer.accuracy(0, 0)).isEqualTo(80.0);
    }

    @Test
    void whatWasNotMeasuredIsNull() {
        var holed = matrix.withMissingRow().withRow(Arrays.asList(null, 20));

        assertThat(holed.correct(0, 0)).isNull();
        assertThat(holed.accuracy(1, 0)).isNull();
        assertThat(holed.correct(0, 1)).isNull();
        assertThat(holed.accuracy(1, 1)).isEqualTo(100.0);
    }

    @Test
    void aRowMayReachAboveTheDiagonal() {
        assertThat(matrix.withRow(List.of(8, 2)).accuracy(0, 1)).isEqualTo(10.0);
    }

    @Test
    void anImpossibleRowIsRefused() {
        assertThatThrownBy(() -> matrix.withRow(List.of(11)))
                .hasMessage("top1 after task index 0 on task index 0 must be 0..10, got 11");
        assertThatThrownBy(() -> matrix.withRow(List.of(-1))).hasMessageContaining("must be 0..10, got -1");
        assertThatThrownBy(() -> matrix.withRow(List.of()))
                .hasMessage("the row after task index 0 must have 1..3 counts, got 0");
        assertThatThrownBy(() -> matrix.withRow(List.of(1, 2, 3, 4))).hasMessageContaining("got 4");
        assertThatThrownBy(() -> matrix.withMissingRow()
                        .withMissingRow()
                        .withMissingRow()
                        .withMissingRow())
                .hasMessage("all 3 tasks have their row already");
    }

    @Test
    void aTaskWithoutImagesHasNoCount() {
        var matrix = AccuracyMatrix.of(
                Measure.TOP1,
                Stage.FINAL,
                List.of(0, 10),
                List.of(Arrays.asList((Integer) null), Arrays.asList(null, 7)));

        assertThat(matrix.accuracy(1, 0)).isNull();
        assertThat(matrix.accuracy(1, 1)).isEqualTo(70);
        assertThatThrownBy(() -> AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, List.of(0))
                        .withRow(List.of(0)))
                .hasMessage("top1 after task index 0 on task index 0 must be null without images, got 0");
        assertThatThrownBy(() -> AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, List.of(10, -1)))
                .hasMessage("test images of task index 1 must be at least 0, got -1");
    }

    @Test
    void whatNeedsATaskWithoutImagesIsNotMeasuredAndTheRestIs() {
        var matrix = AccuracyMatrix.of(
                Measure.TOP1,
                Stage.FINAL,
                List.of(10, 0, 10),
                List.of(List.of(9), Arrays.asList(8, null), Arrays.asList(6, null, 5)));

        for (Scenario scenario : Scenario.values()) {
            var context = MetricContext.of(scenario)
                    .withUntrainedCorrect(List.of(1, 0, 1))
                    .withSingleAccuracy(List.of(90.0, 80.0, 70.0))
                    .withJointAccuracy(List.of(90.0, 80.0, 70.0));
            var metrics = ContinualMetrics.of(matrix, context);

            assertThat(metrics.metric(MetricDefinition.FINAL_ACCURACY).missing())
                    .containsExactly(new MetricValue.Cell(3, 2));
            assertThat(metrics.all())
                    .allSatisfy(metric -> assertThat(metric.value()).isNull());
            assertThat(metrics.variants())
                    .allSatisfy(metric -> assertThat(metric.value()).isNull());
            assertThat(metrics.curves().get("average_accuracy")).containsExactly(90.0, null, null);
            assertThat(metrics.byTask().get(0).forgetting()).isEqualTo(30);
            assertThat(metrics.byTask().get(1).now()).isNull();
            assertThat(metrics.byTask().get(1).interval95()).isNull();
            assertThat(metrics.byTask().get(2).now()).isEqualTo(50);
        }
    }

    @Test
    void measuresOfOneRowMayNotContradictEachOther() {
        var images = List.of(10, 20);

        var row = new MeasuredRow(images, Map.of(Measure.TOP1, List.of(8, 9), Measure.TOP5, Arrays.asList(8, null)));

        assertThat(row.correct().get(Measure.TOP5)).containsExactly(8, null);
        assertThatThrownBy(() ->
                        new MeasuredRow(images, Map.of(Measure.TOP1, List.of(8, 9), Measure.TASK_ID, List.of(8, 8))))
                .hasMessage("task_id on task index 1 must be at least top1 = 9, got 8");
        assertThatThrownBy(() -> new MeasuredRow(images, Map.of(Measure.INFERRED_TASK, List.of(8, 21))))
                .hasMessage("inferred_task on task index 1 must be 0..20, got 21");
        assertThatThrownBy(() -> new MeasuredRow(images, Map.of(Measure.TOP1, List.of(8))))
                .hasMessage("top1 must have 2 counts, got 1");
    }

    @Test
    void aValueIsEitherANumberOrAReason() {
        assertThatThrownBy(() -> new MetricValue(null, null, List.of())).hasMessageContaining("either a value or a");
        assertThatThrownBy(() -> MetricValue.of(Double.NaN)).hasMessage("a metric must be finite, got NaN");
    }
}
