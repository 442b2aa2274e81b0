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
    void aTaskWithoutTestImagesIsRefused() {
        assertThatThrownBy(() -> AccuracyMatrix.empty(Measure.TOP1, Stage.FINAL, List.of(10, 0)))
                .hasMessage("test images of task index 1 must be above 0, got 0");
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
