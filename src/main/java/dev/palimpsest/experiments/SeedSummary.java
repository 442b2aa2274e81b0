package dev.palimpsest.experiments;

import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.metrics.ContinualMetrics;
import dev.palimpsest.metrics.Metric;
import dev.palimpsest.metrics.MetricDefinition;
import dev.palimpsest.metrics.SeedStatistics;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Metrics over seeds: each grid point for itself, and jobs that have learned different numbers of tasks
/// apart.
///
/// @param jobsTotal jobs of the experiment, a chain of retries counted once
/// @param jobsMissing those that have not succeeded
public record SeedSummary(int jobsTotal, List<UUID> jobsMissing, List<Point> points) {

    /// Jobs that differ in their seed alone.
    public record Point(Map<String, @Nullable Object> gridPoint, int tasksLearned, List<OverSeeds> metrics) {}

    /// One metric of those jobs.
    public record OverSeeds(MetricDefinition definition, SeedStatistics statistics, List<Value> values) {}

    public record Value(long seed, UUID jobId, double value) {}

    private record Key(Map<String, @Nullable Object> gridPoint, int tasksLearned) {}

    private record Finished(Job job, ContinualMetrics metrics) {}

    /// Only the headline's metrics and others of `clm-1` that exist as a scalar may be asked for.
    public static boolean known(String metricName) {
        return Arrays.stream(MetricDefinition.values())
                .anyMatch(definition -> definition.wireName().equals(metricName)
                        && definition.set() == MetricDefinition.DefinitionSet.CLM_1);
    }

    static SeedSummary of(
            List<Job> jobs,
            Map<UUID, JobSheet> sheets,
            List<String> metricNames,
            Function<Job, ContinualMetrics> metricsOf) {
        var missing = new ArrayList<UUID>();
        var groups = new LinkedHashMap<Key, List<Finished>>();
        for (Job job : jobs) {
            if (job.state() != JobState.SUCCEEDED) {
                missing.add(job.id());
                continue;
            }
            ContinualMetrics metrics = metricsOf.apply(job);
            JobSheet sheet = sheets.get(job.id());
            var key = new Key(
                    sheet == null ? Map.of() : sheet.gridPoint(),
                    metrics.headline().tasksLearned());
            groups.computeIfAbsent(key, _ -> new ArrayList<>()).add(new Finished(job, metrics));
        }
        List<Point> points = groups.entrySet().stream()
                .map(group -> point(group.getKey(), group.getValue(), metricNames))
                .toList();
        return new SeedSummary(jobs.size(), List.copyOf(missing), points);
    }

    private static Point point(Key key, List<Finished> jobs, List<String> metricNames) {
        List<OverSeeds> metrics = metricNames.stream()
                .map(name -> MetricDefinition.valueOf(name.toUpperCase(Locale.ROOT)))
                .map(definition -> overSeeds(definition, jobs))
                .toList();
        return new Point(key.gridPoint(), key.tasksLearned(), metrics);
    }

    private static OverSeeds overSeeds(MetricDefinition definition, List<Finished> jobs) {
        var values = new ArrayList<Value>();
        for (Finished finished : jobs) {
            Metric metric = finished.metrics().metric(definition);
            Double value = metric.value();
            if (value != null) {
                values.add(new Value(finished.job().seed(), finished.job().id(), value));
            }
        }
        return new OverSeeds(
                definition, SeedStatistics.of(values.stream().map(Value::value).toList()), List.copyOf(values));
    }
}
