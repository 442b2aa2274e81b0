package dev.palimpsest.results;

import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Headline;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Stage;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// Turns the events of runs into rows; tasks, epochs and steps count from 1 from here on.
///
/// Everything is written in the transaction of the caller, which for a run is the fenced one of its attempt.
@Service
public class RunRecorder {

    private final TaskRowRepository tasks;
    private final ResultRowRepository rows;
    private final CheckpointRepository checkpoints;
    private final CheckpointLibrary library;
    private final MetricPoints points;
    private final PredictionStore predictions;
    private final Results results;
    private final Clock clock;

    RunRecorder(
            TaskRowRepository tasks,
            ResultRowRepository rows,
            CheckpointRepository checkpoints,
            CheckpointLibrary library,
            MetricPoints points,
            PredictionStore predictions,
            Results results,
            Clock clock) {
        this.tasks = tasks;
        this.rows = rows;
        this.checkpoints = checkpoints;
        this.library = library;
        this.points = points;
        this.predictions = predictions;
        this.results = results;
        this.clock = clock;
    }

    /// Notes the tasks of a job that is being put into the queue. To be called in the transaction that does
    /// so.
    @Transactional
    public void plan(UUID jobId, List<PlannedTask> planned) {
        tasks.saveAll(planned.stream().map(task -> new TaskRow(jobId, task)).toList());
    }

    /// Begins to record an attempt. What attempts before it did beyond the checkpoint it goes on from is set
    /// aside; what another job had reached at that checkpoint is taken over.
    public void begin(JobContext context) {
        UUID job = context.job().id();
        CheckpointRow from = library.newest(job)
                .flatMap(stored -> checkpoints.findById(CheckpointLibrary.id(stored.key())))
                .orElse(null);
        context.write(_ -> {
            int whole = from == null ? 0 : from.wholeTasks();
            points.dropBeyond(job, context.attempt(), whole, from == null ? 0 : from.step());
            if (from != null && !from.jobId().equals(job)) {
                takeOver(from.jobId(), job, whole);
            }
        });
        library.removeUnlisted(job, context.attempt());
    }

    private void takeOver(UUID other, UUID job, int whole) {
        if (!rows.findByJobIdAndAfterTaskLessThanEqual(job, whole).isEmpty()) {
            return;
        }
        rows.saveAll(rows.findByJobIdAndAfterTaskLessThanEqual(other, whole).stream()
                .map(row -> row.of(job))
                .toList());
        predictions.takeOver(other, job, whole);
        Map<Integer, TaskRow> learned =
                tasks.findByJobIdOrderByTask(other).stream().collect(Collectors.toMap(TaskRow::task, task -> task));
        for (TaskRow task : tasks.findByJobIdOrderByTask(job)) {
            TaskRow known = learned.get(task.task());
            if (known != null && task.task() <= whole) {
                task.takeOver(known);
            }
        }
    }

    /// Changes the row of a task.
    public void task(UUID job, int number, Consumer<TaskRow> change) {
        tasks.findByJobIdOrderByTask(job).stream()
                .filter(task -> task.task() == number)
                .forEach(change);
    }

    /// Stores counts and the predictions they were counted from; a row that was measured before is replaced.
    ///
    /// @param afterTask from 1
    /// @param scored whether the scores of the predictions are kept too
    public void counts(
            UUID job, int attempt, int afterTask, Stage stage, EvaluationData data, MeasuredRow row, boolean scored) {
        predictions.keep(
                new PredictionStore.Row(job, data, afterTask, stage),
                attempt,
                scored
                        ? row.predictions()
                        : row.predictions().stream()
                                .map(CellPredictions::withoutScores)
                                .toList());
        for (Map.Entry<Measure, List<@Nullable Integer>> counted : row.correct().entrySet()) {
            List<@Nullable Integer> correct = counted.getValue();
            if (correct.stream().anyMatch(Objects::nonNull)) {
                var place = new ResultRow.Place(job, afterTask, stage, data, counted.getKey());
                ResultRow stored = rows.findByJobIdAndAfterTaskAndStageAndDataAndMeasure(
                                job, place.afterTask(), place.stage(), data, place.measure())
                        .orElseGet(() -> rows.save(new ResultRow(place)));
                stored.count(row.testImages(), correct, attempt, clock.instant());
            }
        }
    }

    /// The counts after a task, as the list of a job shows them; empty if that row was not measured.
    public Optional<ResultRow> row(UUID job, int afterTask) {
        return rows.findByJobIdAndAfterTaskAndStageAndDataAndMeasure(
                job, afterTask, Stage.FINAL, EvaluationData.TEST, Measure.TOP1);
    }

    public Headline headline(UUID job, int tasksLearned) {
        return results.headline(job, tasksLearned);
    }

    public MetricPoints points() {
        return points;
    }

    public CheckpointLibrary library() {
        return library;
    }

    public Clock clock() {
        return clock;
    }
}
