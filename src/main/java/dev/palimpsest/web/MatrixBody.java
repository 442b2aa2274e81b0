package dev.palimpsest.web;

import dev.palimpsest.http.Wire;
import dev.palimpsest.metrics.AccuracyMatrix;
import dev.palimpsest.results.ResultRow;
import dev.palimpsest.results.Results;
import dev.palimpsest.results.TaskRow;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/// An accuracy matrix as it is answered: row = after task k, column = task j, null where nothing was
/// measured.
record MatrixBody(
        String object,
        String jobId,
        String measure,
        String stage,
        String data,
        String protocol,
        boolean leaksTaskIdentity,
        int tasksLearned,
        int taskCount,
        List<Integer> testImages,
        List<List<@Nullable Integer>> correct,
        List<List<@Nullable Double>> accuracy,
        List<Row> rows) {

    @Schema(name = "MatrixRow")
    record Row(int afterTask, @Nullable String checkpointId, String measuredByJobId, Instant measuredAt) {}

    static MatrixBody of(UUID job, Results.Measured measured, String data) {
        AccuracyMatrix matrix = measured.matrix();
        int learned = matrix.tasksLearned();
        List<Row> rows = measured.rows().values().stream()
                .map(row -> row(row, measured.tasks()))
                .toList();
        return new MatrixBody(
                "accuracy_matrix",
                Ids.job(job),
                matrix.measure().wireName(),
                matrix.stage().wireName(),
                data,
                "per_image",
                false,
                learned,
                measured.tasks().size(),
                matrix.testImages().subList(0, learned),
                square(learned, k -> cells(learned, j -> matrix.correct(k, j))),
                square(learned, k -> cells(learned, j -> matrix.accuracy(k, j))),
                rows);
    }

    static String csv(Results.Measured measured) {
        AccuracyMatrix matrix = measured.matrix();
        var text = new StringBuilder("after_task,task,task_name,correct,test_images,accuracy\n");
        for (int k = 0; k < matrix.tasksLearned(); k++) {
            for (int j = 0; j < matrix.testImages().size(); j++) {
                Integer correct = matrix.correct(k, j);
                if (correct != null) {
                    text.append(k + 1)
                            .append(',')
                            .append(j + 1)
                            .append(',')
                            .append(Csv.cell(measured.tasks().get(j).name()))
                            .append(',')
                            .append(correct)
                            .append(',')
                            .append(matrix.testImages().get(j))
                            .append(',')
                            .append(matrix.accuracy(k, j))
                            .append('\n');
                }
            }
        }
        return text.toString();
    }

    private static Row row(ResultRow row, List<TaskRow> tasks) {
        UUID checkpoint = tasks.stream()
                .filter(task -> task.task() == row.afterTask())
                .findFirst()
                .flatMap(TaskRow::checkpointId)
                .orElse(null);
        return new Row(
                row.afterTask(),
                Wire.text(checkpoint, Ids.CHECKPOINT),
                Ids.job(row.measuredByJobId()),
                row.measuredAt());
    }

    private static <T> List<List<@Nullable T>> square(int size, IntFunction<List<@Nullable T>> row) {
        var rows = new ArrayList<List<@Nullable T>>();
        for (int k = 0; k < size; k++) {
            rows.add(row.apply(k));
        }
        return rows;
    }

    private static <T> List<@Nullable T> cells(int size, IntFunction<@Nullable T> cell) {
        var cells = new ArrayList<@Nullable T>();
        for (int j = 0; j < size; j++) {
            cells.add(cell.apply(j));
        }
        return cells;
    }
}
