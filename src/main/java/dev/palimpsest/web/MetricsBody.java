package dev.palimpsest.web;

import dev.palimpsest.jobs.Job;
import dev.palimpsest.metrics.ContinualMetrics;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Interval;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Metric;
import dev.palimpsest.metrics.NullReason;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.metrics.TaskMetrics;
import dev.palimpsest.results.Results;
import dev.palimpsest.results.TaskRow;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The metrics of one matrix as they are answered, each with the name of its formula.
record MetricsBody(
        String object,
        String jobId,
        String definitionSet,
        String measure,
        String stage,
        String data,
        int tasksLearned,
        int taskCount,
        List<Entry> metrics,
        Map<String, List<@Nullable Double>> curves,
        List<ByTask> byTask,
        List<Cost> cost,
        @Nullable List<Entry> variants) {

    /// Which matrix is asked about.
    record Of(Measure measure, Stage stage, EvaluationData data) {}

    /// @param missing cells `[after_task, task]` that the formula needs
    @Schema(name = "Metric")
    record Entry(
            String name,
            String definition,
            @Nullable Double value,
            String unit,
            String better,
            @Nullable String nullReason,
            List<List<Integer>> missing) {

        static Entry of(Metric metric) {
            NullReason reason = metric.nullReason();
            return new Entry(
                    metric.name(),
                    metric.definition().id(),
                    metric.value(),
                    metric.definition().unit().wireName(),
                    metric.definition().better().wireName(),
                    reason == null ? null : reason.wireName(),
                    metric.missing().stream()
                            .map(cell -> List.of(cell.afterTask(), cell.task()))
                            .toList());
        }
    }

    record IntervalBody(double low, double high) {

        static @Nullable IntervalBody of(@Nullable Interval interval) {
            return interval == null ? null : new IntervalBody(interval.low(), interval.high());
        }
    }

    record ByTask(
            int task,
            @Nullable Double learned,
            @Nullable Double bestBefore,
            @Nullable Double now,
            @Nullable Double forgetting,
            @Nullable Double backwardTransfer,
            @Nullable IntervalBody interval95) {

        static ByTask of(TaskMetrics task) {
            return new ByTask(
                    task.task(),
                    task.learned(),
                    task.bestBefore(),
                    task.now(),
                    task.forgetting(),
                    task.backwardTransfer(),
                    IntervalBody.of(task.interval95()));
        }
    }

    record Cost(
            String name,
            String definition,
            @Nullable Double value,
            String unit,
            @Nullable String nullReason) {

        private static Cost of(String name, @Nullable Double value, String unit) {
            return new Cost(name, "run-1/" + name, value, unit, value == null ? "not_measured" : null);
        }
    }

    static MetricsBody of(
            Job job, Of what, ContinualMetrics metrics, List<Results.TaskResult> tasks, boolean variants) {
        List<Entry> all = metrics.all().stream().map(Entry::of).toList();
        return new MetricsBody(
                "cl_metrics",
                Ids.job(job.id()),
                "clm-1",
                what.measure().wireName(),
                what.stage().wireName(),
                what.data().wireName(),
                metrics.headline().tasksLearned(),
                tasks.size(),
                all,
                metrics.curves(),
                metrics.byTask().stream().map(ByTask::of).toList(),
                cost(job, tasks),
                variants ? metrics.variants().stream().map(Entry::of).toList() : null);
    }

    private static List<Cost> cost(Job job, List<Results.TaskResult> tasks) {
        var cost = new ArrayList<Cost>();
        cost.add(Cost.of("device_seconds", job.deviceSeconds(), "seconds"));
        cost.add(Cost.of("train_seconds", sum(tasks, TaskRow::trainSeconds), "seconds"));
        cost.add(Cost.of("evaluate_seconds", sum(tasks, TaskRow::evaluateSeconds), "seconds"));
        return cost;
    }

    private static @Nullable Double sum(List<Results.TaskResult> tasks, Function<TaskRow, Optional<Double>> part) {
        List<Double> known = tasks.stream()
                .flatMap(result -> part.apply(result.task()).stream())
                .toList();
        return known.isEmpty()
                ? null
                : known.stream().mapToDouble(Double::doubleValue).sum();
    }
}
