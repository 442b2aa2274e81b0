package dev.palimpsest.metrics;

import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The metrics of `clm-1` for which one row of counts is enough: what the model is, without how it became so.
public final class RowMetrics {

    private static final Set<MetricDefinition> OF_ONE_ROW = EnumSet.of(
            MetricDefinition.FINAL_ACCURACY,
            MetricDefinition.FINAL_ACCURACY_MICRO,
            MetricDefinition.WORST_TASK_ACCURACY,
            MetricDefinition.TASK_ID_ACCURACY,
            MetricDefinition.TASK_ID_ACCURACY_MICRO,
            MetricDefinition.INFERRED_TASK_ACCURACY,
            MetricDefinition.INFERRED_TASK_ACCURACY_MICRO,
            MetricDefinition.TASK_KNOWN_ACCURACY,
            MetricDefinition.TASK_KNOWN_ACCURACY_MICRO,
            MetricDefinition.FINAL_TOP5_ACCURACY,
            MetricDefinition.FINAL_TOP5_ACCURACY_MICRO);

    private RowMetrics() {}

    /// A task without test images has no count, and what needs it is null.
    ///
    /// @param scenario of the plan that the model was made by
    public static List<Metric> of(MeasuredRow row, Scenario scenario) {
        return of(row, MetricContext.of(scenario), OF_ONE_ROW);
    }

    /// The same of a merge, and how near it comes to its sources.
    ///
    /// @param single what each task's source reached on it alone, in percent; null where that is not known
    public static List<Metric> ofMerge(MeasuredRow row, List<@Nullable Double> single) {
        var definitions = EnumSet.copyOf(OF_ONE_ROW);
        definitions.add(MetricDefinition.NORMALISED_ACCURACY);
        return of(row, MetricContext.of(Scenario.CLASS_INCREMENTAL).withSingleAccuracy(single), definitions);
    }

    private static List<Metric> of(MeasuredRow row, MetricContext given, Set<MetricDefinition> definitions) {
        var matrices = new EnumMap<Measure, AccuracyMatrix>(Measure.class);
        for (Map.Entry<Measure, List<@Nullable Integer>> counted : row.correct().entrySet()) {
            if (counted.getValue().stream().anyMatch(Objects::nonNull)) {
                matrices.put(counted.getKey(), matrix(counted.getKey(), row.testImages(), counted.getValue()));
            }
        }
        AccuracyMatrix top1 = matrices.remove(Measure.TOP1);
        if (top1 == null) {
            return List.of();
        }
        MetricContext context = given.withCompanions(matrices);
        return ContinualMetrics.of(top1, context).all().stream()
                .filter(metric -> definitions.contains(metric.definition()))
                .toList();
    }

    private static AccuracyMatrix matrix(Measure measure, List<Integer> images, List<@Nullable Integer> counts) {
        AccuracyMatrix matrix = AccuracyMatrix.empty(measure, Stage.FINAL, images);
        for (int k = 0; k < images.size() - 1; k++) {
            matrix = matrix.withMissingRow();
        }
        return matrix.withRow(counts);
    }
}
