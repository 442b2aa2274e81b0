package dev.palimpsest.results;

import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Flips;
import dev.palimpsest.metrics.Outcome;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.settings.RequestRefusedException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/// What was decided about single images, read task by task, so that no answer needs room for all of a job
/// (`docs/metrics.md` 8). Tasks count from 1.
@Service
@Transactional(readOnly = true)
public class Predictions {

    private final TaskRowRepository tasks;
    private final PredictionStore store;

    Predictions(TaskRowRepository tasks, PredictionStore store) {
        this.tasks = tasks;
        this.store = store;
    }

    /// A row whose predictions are kept.
    ///
    /// @param stage as it was asked for; a row without it is the final one
    /// @param afterTask the last task learned
    /// @param tasks of the job, planned ones included
    /// @param stages of this and of all earlier rows that were measured, the one that answers
    /// @param kept of those, the rows whose predictions are there
    public record Row(
            UUID jobId,
            EvaluationData data,
            Stage stage,
            int afterTask,
            List<TaskRow> tasks,
            SortedMap<Integer, Stage> stages,
            List<Integer> kept) {

        /// Tasks that an answer about one task, or all, goes through.
        ///
        /// @throws RequestRefusedException if the row holds no such task
        public List<Integer> tasks(@Nullable Integer task) {
            if (task != null && (task < 1 || task > afterTask)) {
                throw new RequestRefusedException(
                        400,
                        "invalid_parameter",
                        "task",
                        "task must be 1..%d after task %d, got %d.".formatted(afterTask, afterTask, task));
            }
            return IntStream.rangeClosed(task == null ? 1 : task, task == null ? afterTask : task)
                    .boxed()
                    .toList();
        }
    }

    /// One image.
    ///
    /// @param place row of the image in its part of the data set
    /// @param inferredTask null where the method infers none
    /// @param score of the image's own class, 0..1; null in all rows but the last task's final one
    /// @param predictedScore likewise, of the class it was taken for
    public record Prediction(
            int task,
            int place,
            int classIndex,
            int predicted,
            @Nullable Integer inferredTask,
            @Nullable Double score,
            @Nullable Double predictedScore) {

        public boolean correct() {
            return classIndex == predicted;
        }
    }

    /// Finds the row that a question is about.
    ///
    /// @param afterTask null for the last one measured
    /// @throws RequestRefusedException if there is no such row, or its predictions were not kept
    public Row row(UUID jobId, EvaluationData data, Stage stage, @Nullable Integer afterTask) {
        List<TaskRow> planned = tasks.findByJobIdOrderByTask(jobId);
        if (afterTask != null && (afterTask < 1 || afterTask > planned.size())) {
            throw new RequestRefusedException(
                    400,
                    "invalid_parameter",
                    "after_task",
                    "after_task must be 1..%d, got %d.".formatted(planned.size(), afterTask));
        }
        var measured = new TreeMap<Integer, PredictionStore.Measured>();
        for (PredictionStore.Measured one : store.rows(jobId, data)) {
            if (one.stage() == stage || (one.stage() == Stage.FINAL && !measured.containsKey(one.afterTask()))) {
                measured.put(one.afterTask(), one);
            }
        }
        Integer asked = afterTask == null && !measured.isEmpty() ? measured.lastKey() : afterTask;
        PredictionStore.Measured row = asked == null ? null : measured.get(asked);
        if (asked == null || row == null) {
            throw refused(
                    "not_measured",
                    asked == null
                            ? "Nothing has been measured on %s images yet.".formatted(data.wireName())
                            : "Nothing was measured on %s images after task %d.".formatted(data.wireName(), asked));
        }
        if (!row.kept()) {
            throw notKept(asked);
        }
        var stages = new TreeMap<Integer, Stage>();
        var kept = new ArrayList<Integer>();
        measured.headMap(asked, true).forEach((after, one) -> {
            stages.put(after, one.stage());
            if (one.kept()) {
                kept.add(after);
            }
        });
        return new Row(jobId, data, stage, asked, planned, stages, List.copyOf(kept));
    }

    private static RequestRefusedException notKept(int afterTask) {
        return refused(
                "predictions_not_kept",
                "Row %d was measured by a version that kept counts and no predictions.".formatted(afterTask));
    }

    private static RequestRefusedException refused(String code, String detail) {
        return new RequestRefusedException(409, code, "after_task", detail);
    }

    /// Images of one task in the order of the data set.
    ///
    /// @param outcome null for all
    /// @param beyond only places after this one; -1 for all
    /// @param limit images at most
    /// @throws RequestRefusedException if an earlier row is needed whose predictions were not kept
    public List<Prediction> of(Row row, int task, @Nullable Outcome outcome, int beyond, int limit) {
        boolean history = outcome != null && outcome.needsEarlierRows();
        TaskColumn column = (history ? history(row, task) : now(row, task)).orElse(null);
        if (column == null) {
            return List.of();
        }
        var found = new ArrayList<Prediction>();
        for (int i = 0; i < column.places().length && found.size() < limit; i++) {
            if (column.places()[i] > beyond && (outcome == null || column.is(outcome, i))) {
                found.add(prediction(column, i));
            }
        }
        return found;
    }

    private static Prediction prediction(TaskColumn column, int image) {
        TaskColumn.Decided now = column.now();
        int[] inferred = now.inferredTasks();
        return new Prediction(
                column.task(),
                column.places()[image],
                column.classes()[image],
                now.predicted()[image],
                inferred == null ? null : inferred[image],
                score(now.classScores(), image),
                score(now.predictedScores(), image));
    }

    private static @Nullable Double score(short @Nullable [] scores, int image) {
        return scores == null ? null : CellPredictions.Scores.score(scores[image]);
    }

    /// How the classes that images were taken for are spread over the tasks.
    ///
    /// @param predicted images by their task and by that of the predicted class, one not learned yet perhaps;
    ///     empty where tasks share their labels
    /// @param correct on the diagonal, how many of them have the right class
    /// @param inferred images by their task and by the inferred one; empty where the method infers none
    @SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
    public record TaskConfusion(int[][] predicted, int[][] correct, int[][] inferred) {}

    public TaskConfusion taskConfusion(Row row, boolean sharedLabels) {
        int all = row.tasks().size();
        int[][] predicted = new int[row.afterTask()][all];
        int[][] correct = new int[row.afterTask()][all];
        int[][] inferred = new int[row.afterTask()][all];
        boolean infers = false;
        int[] taskOf = taskOfClass(row.tasks());
        for (int task = 1; task <= row.afterTask(); task++) {
            TaskColumn column = now(row, task).orElse(null);
            if (column == null) {
                continue;
            }
            int[] tasksInferred = column.now().inferredTasks();
            infers |= tasksInferred != null;
            for (int i = 0; i < column.places().length; i++) {
                predicted[task - 1][taskOf[column.now().predicted()[i]]]++;
                correct[task - 1][task - 1] += column.right(i) ? 1 : 0;
                if (tasksInferred != null) {
                    inferred[task - 1][tasksInferred[i] - 1]++;
                }
            }
        }
        int[][] none = {};
        return new TaskConfusion(
                sharedLabels ? none : predicted, sharedLabels ? none : correct, infers ? inferred : none);
    }

    /// For each column of the head, the index of its task; of shared labels the last.
    private static int[] taskOfClass(List<TaskRow> tasks) {
        int classes = tasks.stream()
                .flatMap(task -> task.classIndices().stream())
                .mapToInt(index -> index + 1)
                .max()
                .orElse(0);
        int[] taskOf = new int[classes];
        tasks.forEach(task -> task.classIndices().forEach(index -> taskOf[index] = task.task() - 1));
        return taskOf;
    }

    /// Images of one class that were taken for one class.
    public record Pair(int classIndex, int predicted, int images) {}

    /// Which classes images were taken for, the own one included; the most frequent pair first.
    ///
    /// @param task null for the images of all tasks
    public List<Pair> classConfusion(Row row, @Nullable Integer task) {
        var counts = new HashMap<Long, Integer>();
        for (int one : row.tasks(task)) {
            now(row, one).ifPresent(column -> {
                for (int i = 0; i < column.places().length; i++) {
                    long pair = (long) column.classes()[i] << 32 | column.now().predicted()[i];
                    counts.merge(pair, 1, Integer::sum);
                }
            });
        }
        return counts.entrySet().stream()
                .sorted(Map.Entry.<Long, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(entry ->
                        new Pair((int) (entry.getKey() >>> 32), entry.getKey().intValue(), entry.getValue()))
                .toList();
    }

    /// The classes of one task, in the order of the head. Those without images are left out.
    public List<ClassNumbers> classes(Row row, int task) {
        TaskColumn column = keptHistory(row, task).orElse(null);
        if (column == null) {
            return List.of();
        }
        boolean whole = column.earlier().size() == row.afterTask() - task;
        return ClassNumbers.of(column, whole);
    }

    /// How images of each task were decided in another row and in this one.
    ///
    /// @param before a row over the same part of the same data set
    /// @return by task of this row; only images that both rows measured count
    public List<Flips> flips(Row before, Row now) {
        byte[] earlier = outcomes(before);
        var flips = new ArrayList<Flips>();
        for (int task = 1; task <= now.afterTask(); task++) {
            Flips sum = Flips.NONE;
            TaskColumn column = now(now, task).orElse(null);
            for (int i = 0; column != null && i < column.places().length; i++) {
                int place = column.places()[i];
                if (place < earlier.length && earlier[place] != UNKNOWN) {
                    sum = sum.with(earlier[place] == RIGHT, column.right(i));
                }
            }
            flips.add(sum);
        }
        return flips;
    }

    private static final byte UNKNOWN = 0;
    private static final byte RIGHT = 1;
    private static final byte WRONG = 2;

    /// Right or wrong by place.
    private byte[] outcomes(Row row) {
        byte[] outcomes = {};
        for (int task = 1; task <= row.afterTask(); task++) {
            TaskColumn column = now(row, task).orElse(null);
            if (column != null) {
                int[] places = column.places();
                outcomes = Arrays.copyOf(outcomes, Math.max(outcomes.length, places[places.length - 1] + 1));
                for (int i = 0; i < places.length; i++) {
                    outcomes[places[i]] = column.right(i) ? RIGHT : WRONG;
                }
            }
        }
        return outcomes;
    }

    private Optional<TaskColumn> now(Row row, int task) {
        return store.column(row.jobId(), row.data(), task, row.stages().tailMap(row.afterTask()));
    }

    /// @throws RequestRefusedException if an earlier row was measured and its predictions were not kept
    private Optional<TaskColumn> history(Row row, int task) {
        for (int after : row.stages().tailMap(task).keySet()) {
            if (!row.kept().contains(after)) {
                throw notKept(after);
            }
        }
        return keptHistory(row, task);
    }

    private Optional<TaskColumn> keptHistory(Row row, int task) {
        return store.column(row.jobId(), row.data(), task, row.stages().tailMap(task));
    }
}
