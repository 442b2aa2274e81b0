package dev.palimpsest.results;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Stage;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// Numbers of a job over its steps, epochs and tasks. Whatever can be counted is computed from counts; the
/// rest are the points that the recorder wrote.
@Service
@Transactional(readOnly = true)
public class MetricSeries {

    private static final Map<String, Measure> COUNTED = Map.of(
            "eval.accuracy", Measure.TOP1,
            "eval.task_id_accuracy", Measure.TASK_ID,
            "eval.task_known_accuracy", Measure.TASK_KNOWN);

    private static final Set<String> FAMILIES = Set.of("train.", "align.", "few_shot.", "eval.", "method.", "system.");

    private final MetricPoints points;
    private final Results results;

    MetricSeries(MetricPoints points, Results results) {
        this.points = points;
        this.results = results;
    }

    /// One series, perhaps thinned out.
    ///
    /// @param unit empty for a bare number
    /// @param x what its points are one for each of: `step`, `epoch` or `task`
    /// @param totalPoints before thinning out
    /// @param nextAfterStep where to go on reading; 0 without points
    public record Series(
            String name, @Nullable String unit, String x, List<Point> points, long totalPoints, long nextAfterStep) {

        public boolean downsampled() {
            return points.size() < totalPoints;
        }
    }

    /// A measured number; tasks, epochs and steps count from 1.
    ///
    /// @param epoch empty for a point of the whole task
    /// @param step steps of the job so far; empty where the number belongs to a task and not to a step
    public record Point(
            int task, @Nullable Integer epoch, @Nullable Long step, double value, int attempt, Instant at) {}

    /// What is asked for.
    ///
    /// @param names empty for all that the job has
    /// @param task empty for all
    /// @param attempt points of this attempt, also those that were lost; empty for the points that count
    /// @param afterStep empty for all
    public record Question(
            List<String> names,
            @Nullable Integer task,
            @Nullable Integer attempt,
            @Nullable Long afterStep,
            int maxPoints) {}

    /// Whether a series of this name may exist.
    public static boolean known(String name) {
        return FAMILIES.stream().anyMatch(family -> name.startsWith(family) && name.length() > family.length());
    }

    /// The series of a job in the order of their names; those without points are left out unless asked for by
    /// name.
    public List<Series> read(UUID jobId, Question question) {
        Long after = question.afterStep();
        var selection = new MetricPoints.Selection(question.task(), question.attempt(), after == null ? -1 : after);
        Map<String, Long> stored = points.count(jobId, selection);
        List<String> names = question.names();
        if (names.isEmpty()) {
            names = new ArrayList<>(stored.keySet());
            names.addAll(COUNTED.keySet().stream().sorted().toList());
        }
        var series = new ArrayList<Series>();
        for (String name : names) {
            Measure measure = COUNTED.get(name);
            List<Point> all = measure == null ? stored(jobId, name, selection) : counted(jobId, measure, question);
            if (!all.isEmpty() || question.names().contains(name)) {
                series.add(series(name, all, question.maxPoints()));
            }
        }
        return series;
    }

    private List<Point> stored(UUID jobId, String name, MetricPoints.Selection selection) {
        return points.read(jobId, name, selection).stream()
                .map(point -> new Point(
                        point.task(),
                        point.epoch() == 0 ? null : point.epoch(),
                        point.step(),
                        point.value(),
                        point.attempt(),
                        point.at()))
                .toList();
    }

    /// Average accuracy after each task.
    private List<Point> counted(UUID jobId, Measure measure, Question question) {
        Results.Measured measured = results.matrix(jobId, measure, Stage.FINAL, EvaluationData.TEST);
        var found = new ArrayList<Point>();
        new TreeMap<>(measured.rows()).forEach((task, row) -> {
            boolean wanted = (question.task() == null || question.task().equals(task))
                    && (question.attempt() == null || question.attempt() == row.attempt());
            Double average = average(measured, task);
            if (wanted && average != null) {
                found.add(new Point(task, null, null, average, row.attempt(), row.measuredAt()));
            }
        });
        return found;
    }

    private static @Nullable Double average(Results.Measured measured, int task) {
        double sum = 0;
        for (int other = 0; other < task; other++) {
            Double accuracy = measured.matrix().accuracy(task - 1, other);
            if (accuracy == null) {
                return null;
            }
            sum += accuracy;
        }
        return sum / task;
    }

    private static Series series(String name, List<Point> all, int maxPoints) {
        List<Point> kept = Downsampling.extremes(all, Point::value, maxPoints);
        Long last = all.isEmpty() ? null : all.getLast().step();
        return new Series(name, unit(name), x(name), kept, all.size(), last == null ? 0 : last);
    }

    private static @Nullable String unit(String name) {
        if (name.endsWith("accuracy")) {
            return "percent";
        }
        return switch (name) {
            case "train.loss", "train.loss.cross_entropy", "train.loss.kl", "align.loss", "few_shot.loss" -> "nats";
            case "train.images_per_second" -> "1/s";
            case "train.epoch_seconds" -> "s";
            default -> name.startsWith("system.") ? "bytes" : null;
        };
    }

    private static String x(String name) {
        if (name.startsWith("eval.") || name.startsWith("method.")) {
            return "task";
        }
        boolean byEpoch = name.startsWith("align.")
                || name.startsWith("few_shot.")
                || name.startsWith("system.")
                || name.equals("train.images_per_second")
                || name.equals("train.epoch_seconds");
        return byEpoch ? "epoch" : "step";
    }
}
