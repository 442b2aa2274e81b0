package dev.palimpsest.metrics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A value beside the definition that it was computed by.
public record Metric(MetricDefinition definition, MetricValue result) {

    public String name() {
        return definition.wireName();
    }

    public @Nullable Double value() {
        return result.value();
    }

    public @Nullable NullReason nullReason() {
        return result.nullReason();
    }

    public List<MetricValue.Cell> missing() {
        return result.missing();
    }
}
