package dev.palimpsest.web;

import dev.palimpsest.experiments.SeedSummary;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.SeedStatistics;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Metrics of an experiment over its seeds as they are answered.
record SummaryBody(
        String object,
        String experimentId,
        String definitionSet,
        String data,
        int jobsTotal,
        int jobsUsed,
        List<String> jobsMissing,
        List<Point> points,
        @Nullable Object bestPoint) {

    @Schema(name = "SummaryPoint")
    record Point(Map<String, @Nullable Object> gridPoint, int tasksLearned, List<OverSeeds> metrics) {}

    record OverSeeds(
            String name,
            String definition,
            String unit,
            String better,
            int n,
            @Nullable Double mean,
            @Nullable Double sd,
            @Nullable Double min,
            @Nullable Double max,
            MetricsBody.@Nullable IntervalBody ci95,
            List<Value> values) {}

    @Schema(name = "SeedValue")
    record Value(long seed, String jobId, double value) {}

    static SummaryBody of(UUID experiment, EvaluationData data, SeedSummary summary) {
        return new SummaryBody(
                "experiment_summary",
                Ids.experiment(experiment),
                "clm-1",
                data.wireName(),
                summary.jobsTotal(),
                summary.jobsTotal() - summary.jobsMissing().size(),
                summary.jobsMissing().stream().map(Ids::job).toList(),
                summary.points().stream().map(SummaryBody::point).toList(),
                null);
    }

    private static Point point(SeedSummary.Point point) {
        return new Point(
                point.gridPoint(),
                point.tasksLearned(),
                point.metrics().stream().map(SummaryBody::overSeeds).toList());
    }

    private static OverSeeds overSeeds(SeedSummary.OverSeeds metric) {
        SeedStatistics statistics = metric.statistics();
        return new OverSeeds(
                metric.definition().wireName(),
                metric.definition().id(),
                metric.definition().unit().wireName(),
                metric.definition().better().wireName(),
                statistics.n(),
                statistics.mean(),
                statistics.sd(),
                statistics.min(),
                statistics.max(),
                MetricsBody.IntervalBody.of(statistics.ci95()),
                metric.values().stream()
                        .map(value -> new Value(value.seed(), Ids.job(value.jobId()), value.value()))
                        .toList());
    }
}
