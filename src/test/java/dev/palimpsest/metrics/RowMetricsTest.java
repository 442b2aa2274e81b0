package dev.palimpsest.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What follows from one row: the last one of golden matrix G1 (`docs/metrics.md` 6).
class RowMetricsTest {

    private static final MeasuredRow MEASURED = new MeasuredRow(
            List.of(1000, 1000, 1000, 1000, 2000),
            Map.of(
                    Measure.TOP1, row(910, 960, 920, 900, 1880),
                    Measure.TASK_KNOWN, row(1000, 1000, 1000, 1000, 2000)));

    private static List<@Nullable Integer> row(@Nullable Integer... counts) {
        return Arrays.asList(counts);
    }

    @Test
    void aRowHasTheValuesOfItsMatrix() {
        assertThat(RowMetrics.of(MEASURED, Scenario.CLASS_INCREMENTAL))
                .extracting(Metric::name, Metric::value)
                .contains(
                        tuple("final_accuracy", 92.6),
                        tuple("final_accuracy_micro", 92.83333333333333),
                        tuple("worst_task_accuracy", 90.0),
                        tuple("task_known_accuracy", 100.0))
                .noneMatch(metric -> metric.toList().contains("forgetting"));
    }

    @Test
    void whatNobodyMeasuredSaysWhy() {
        assertThat(RowMetrics.of(MEASURED, Scenario.CLASS_INCREMENTAL))
                .filteredOn(metric -> metric.name().equals("inferred_task_accuracy"))
                .extracting(Metric::nullReason)
                .containsExactly(NullReason.NOT_MADE_BY_METHOD);
    }

    @Test
    void aTaskWithoutImagesMakesWhatNeedsItNull() {
        var measured =
                new MeasuredRow(List.of(10, 0), Map.of(Measure.TOP1, row(9, null), Measure.TASK_KNOWN, row(10, null)));

        assertThat(RowMetrics.of(measured, Scenario.CLASS_INCREMENTAL))
                .filteredOn(metric -> metric.name().equals("final_accuracy"))
                .allSatisfy(metric -> {
                    assertThat(metric.value()).isNull();
                    assertThat(metric.missing()).containsExactly(new MetricValue.Cell(2, 2));
                });
    }

    /// Rows that were stored while labels were taken for a task's own may hold such counts.
    @Test
    void sharedLabelsNameNoTaskWhateverWasCounted() {
        assertThat(RowMetrics.of(MEASURED, Scenario.DOMAIN_INCREMENTAL))
                .filteredOn(metric -> metric.name().startsWith("task_"))
                .hasSize(4)
                .allSatisfy(metric -> assertThat(metric.nullReason()).isEqualTo(NullReason.LABELS_SHARED));
    }

    @Test
    void ownLabelsThatNobodyCountedAreNotCalledShared() {
        var measured = new MeasuredRow(List.of(10), Map.of(Measure.TOP1, row(9)));

        assertThat(RowMetrics.of(measured, Scenario.CLASS_INCREMENTAL))
                .filteredOn(metric -> metric.name().equals("task_id_accuracy"))
                .extracting(Metric::nullReason)
                .containsExactly(NullReason.NOT_MEASURED);
    }
}
