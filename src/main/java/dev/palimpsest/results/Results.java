package dev.palimpsest.results;

import dev.palimpsest.jobs.NoSuchJobException;
import dev.palimpsest.metrics.AccuracyMatrix;
import dev.palimpsest.metrics.ContinualMetrics;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Headline;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MetricContext;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.metrics.TaskMetrics;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// What came of jobs, computed from the stored counts at each question.
@Service
@Transactional(readOnly = true)
public class Results {

    private final JobScenarios scenarios;
    private final TaskRowRepository tasks;
    private final ResultRowRepository rows;

    Results(JobScenarios scenarios, TaskRowRepository tasks, ResultRowRepository rows) {
        this.scenarios = scenarios;
        this.tasks = tasks;
        this.rows = rows;
    }

    /// An accuracy matrix and where its rows come from.
    ///
    /// @param tasks of the job, planned ones included
    /// @param rows by the task after which they were measured, from 1
    public record Measured(AccuracyMatrix matrix, List<TaskRow> tasks, Map<Integer, ResultRow> rows) {}

    /// A task of a job and what became of it.
    ///
    /// @param metrics empty for a task that is not learned
    /// @param afterTask the last task learned, from 1; 0 before the first
    public record TaskResult(TaskRow task, @Nullable TaskMetrics metrics, int afterTask) {}

    /// The counts of a job. The matrix has no rows while nothing is measured.
    public Measured matrix(UUID jobId, Measure measure, Stage stage, EvaluationData data) {
        List<TaskRow> planned = tasks.findByJobIdOrderByTask(jobId);
        List<ResultRow> all = rows.findByJobIdAndDataOrderByAfterTask(jobId, data);
        return measured(planned, all, measure, stage, data);
    }

    /// Every metric of one matrix.
    public ContinualMetrics metrics(UUID jobId, Measure measure, Stage stage, EvaluationData data) {
        return metrics(scenario(jobId), tasks.findByJobIdOrderByTask(jobId), rowsOf(jobId, data), measure, stage, data);
    }

    /// The metrics of a job as they were when a checkpoint was saved.
    public Headline headline(UUID jobId, int tasksLearned) {
        List<TaskRow> planned = tasks.findByJobIdOrderByTask(jobId);
        List<ResultRow> known = rowsOf(jobId, EvaluationData.TEST).stream()
                .filter(row -> row.afterTask() <= tasksLearned)
                .toList();
        return metrics(scenario(jobId), planned, known, Measure.TOP1, Stage.FINAL, EvaluationData.TEST)
                .headline();
    }

    /// The three numbers of a list, for those jobs that have measured something.
    public Map<UUID, Headline> headlines(Collection<UUID> jobIds) {
        Map<UUID, List<TaskRow>> planned =
                tasks.findByJobIdInOrderByTask(jobIds).stream().collect(Collectors.groupingBy(TaskRow::jobId));
        Map<UUID, List<ResultRow>> measured = rows
                .findByJobIdInAndDataAndStageAndMeasureOrderByAfterTask(
                        jobIds, EvaluationData.TEST, Stage.FINAL, Measure.TOP1)
                .stream()
                .collect(Collectors.groupingBy(ResultRow::jobId));
        var headlines = new HashMap<UUID, Headline>();
        measured.forEach((job, known) -> headlines.put(
                job,
                metrics(
                                scenario(job),
                                planned.getOrDefault(job, List.of()),
                                known,
                                Measure.TOP1,
                                Stage.FINAL,
                                EvaluationData.TEST)
                        .headline()));
        return headlines;
    }

    /// The tasks of a job, planned ones included, in the order of learning.
    public List<TaskResult> tasks(UUID jobId) {
        List<TaskRow> planned = tasks.findByJobIdOrderByTask(jobId);
        ContinualMetrics metrics = metrics(
                scenario(jobId),
                planned,
                rowsOf(jobId, EvaluationData.TEST),
                Measure.TOP1,
                Stage.FINAL,
                EvaluationData.TEST);
        List<TaskMetrics> learned = metrics.byTask();
        return planned.stream()
                .map(task -> new TaskResult(
                        task, task.task() <= learned.size() ? learned.get(task.task() - 1) : null, learned.size()))
                .toList();
    }

    /// What the plan of a job says of its labels.
    ///
    /// @throws NoSuchJobException if there is no such job
    public Scenario scenario(UUID jobId) {
        return scenarios.of(jobId).orElseThrow(() -> new NoSuchJobException(jobId));
    }

    private List<ResultRow> rowsOf(UUID jobId, EvaluationData data) {
        return rows.findByJobIdAndDataOrderByAfterTask(jobId, data);
    }

    private static ContinualMetrics metrics(
            Scenario scenario,
            List<TaskRow> planned,
            List<ResultRow> all,
            Measure measure,
            Stage stage,
            EvaluationData data) {
        var companions = new EnumMap<Measure, AccuracyMatrix>(Measure.class);
        for (Measure other : Measure.values()) {
            if (other != measure && all.stream().anyMatch(row -> row.measure() == other)) {
                companions.put(other, measured(planned, all, other, stage, data).matrix());
            }
        }
        AccuracyMatrix matrix = measured(planned, all, measure, stage, data).matrix();
        return ContinualMetrics.of(matrix, MetricContext.of(scenario).withCompanions(companions));
    }

    private static Measured measured(
            List<TaskRow> planned, List<ResultRow> all, Measure measure, Stage stage, EvaluationData data) {
        Map<Integer, ResultRow> byTask = new TreeMap<>();
        // a stage that did not happen after some task is the final one there
        all.stream()
                .filter(row -> row.measure() == measure && row.stage() == Stage.FINAL)
                .forEach(row -> byTask.put(row.afterTask(), row));
        all.stream()
                .filter(row -> row.measure() == measure && row.stage() == stage)
                .forEach(row -> byTask.put(row.afterTask(), row));
        List<Integer> images = planned.stream().map(task -> task.images(data)).toList();
        AccuracyMatrix matrix = AccuracyMatrix.empty(measure, stage, byTask.isEmpty() ? List.of() : images);
        int learned = byTask.keySet().stream().mapToInt(task -> task).max().orElse(0);
        for (int task = 1; task <= learned; task++) {
            ResultRow row = byTask.get(task);
            matrix = row == null ? matrix.withMissingRow() : matrix.withRow(row.correct());
        }
        return new Measured(matrix, planned, byTask);
    }
}
