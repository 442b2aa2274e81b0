package dev.palimpsest.metrics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A number, or the reason why there is none.
///
/// @param missing the cells that the formula needs and that have no count; only with `NOT_MEASURED`
public record MetricValue(@Nullable Double value, @Nullable NullReason nullReason, List<Cell> missing) {

    /// A place of the accuracy matrix as answers name it: both tasks count from 1.
    ///
    /// @param afterTask the last task learned, k
    /// @param task the task whose test images were used, j
    public record Cell(int afterTask, int task) implements Comparable<Cell> {

        @Override
        public int compareTo(Cell other) {
            return afterTask == other.afterTask
                    ? Integer.compare(task, other.task)
                    : Integer.compare(afterTask, other.afterTask);
        }
    }

    public MetricValue {
        missing = List.copyOf(missing);
        if ((value == null) == (nullReason == null)) {
            throw new IllegalArgumentException(
                    "a metric has either a value or a reason, got %s and %s".formatted(value, nullReason));
        }
        if (value != null && !Double.isFinite(value)) {
            throw new IllegalArgumentException("a metric must be finite, got " + value);
        }
    }

    static MetricValue of(double value) {
        return new MetricValue(value, null, List.of());
    }

    static MetricValue absent(NullReason reason) {
        return new MetricValue(null, reason, List.of());
    }

    static MetricValue notMeasured(List<Cell> missing) {
        return new MetricValue(null, NullReason.NOT_MEASURED, missing);
    }
}
