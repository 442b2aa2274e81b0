package dev.palimpsest.results;

import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Stage;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// The decisions about single images, a row of the database for each cell of a matrix.
@Component
class PredictionStore {

    private static final int BATCH = 100;

    private final JdbcTemplate batches;
    private final JdbcClient sql;

    PredictionStore(JdbcTemplate batches, JdbcClient sql) {
        this.batches = batches;
        this.sql = sql;
    }

    /// Which row of which matrix.
    ///
    /// @param afterTask from 1
    record Row(UUID job, EvaluationData data, int afterTask, Stage stage) {}

    /// Writes in the transaction of the caller; what was measured before is replaced. A task without images has no
    /// cell.
    void keep(Row row, int attempt, List<CellPredictions> cells) {
        List<CellPredictions> seen =
                cells.stream().filter(cell -> cell.size() > 0).toList();
        batches.batchUpdate("""
                insert into measured_images (job_id, data, task, images, places, classes)
                values (?, ?, ?, ?, ?, ?)
                on conflict (job_id, data, task)
                do update set images = excluded.images, places = excluded.places, classes = excluded.classes""", seen, BATCH, (values, cell) -> {
            values.setObject(1, row.job);
            values.setString(2, row.data.name());
            values.setInt(3, cell.task() + 1);
            values.setInt(4, cell.size());
            values.setBytes(5, PackedNumbers.packAscending(cell.images()));
            values.setBytes(6, PackedNumbers.pack(cell.classes()));
        });
        batches.batchUpdate("""
                insert into predictions (job_id, data, task, after_task, stage, attempt, images, correct, predicted,
                                         inferred_tasks, class_scores, predicted_scores)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                on conflict (job_id, data, task, after_task, stage)
                do update set attempt = excluded.attempt, images = excluded.images, correct = excluded.correct,
                              predicted = excluded.predicted, inferred_tasks = excluded.inferred_tasks,
                              class_scores = excluded.class_scores, predicted_scores = excluded.predicted_scores""", seen, BATCH, (values, cell) -> {
            CellPredictions.Scores scores = cell.scores();
            values.setObject(1, row.job);
            values.setString(2, row.data.name());
            values.setInt(3, cell.task() + 1);
            values.setInt(4, row.afterTask);
            values.setString(5, row.stage.name());
            values.setInt(6, attempt);
            values.setInt(7, cell.size());
            values.setInt(8, cell.right());
            values.setBytes(9, PackedNumbers.pack(cell.predicted()));
            values.setBytes(10, fromOne(cell.inferredTasks()));
            values.setBytes(11, scores == null ? null : PackedNumbers.packHalves(scores.ofClass()));
            values.setBytes(12, scores == null ? null : PackedNumbers.packHalves(scores.ofPredicted()));
        });
    }

    private static byte @Nullable [] fromOne(int @Nullable [] tasks) {
        return tasks == null
                ? null
                : PackedNumbers.pack(Arrays.stream(tasks).map(task -> task + 1).toArray());
    }

    /// Copies what was kept of the first rows of another job.
    ///
    /// @param afterTask the last row, from 1
    void takeOver(UUID other, UUID job, int afterTask) {
        sql.sql("""
                insert into measured_images (job_id, data, task, images, places, classes)
                select :job, data, task, images, places, classes
                  from measured_images
                 where job_id = :other and task <= :after""")
                .param("job", job)
                .param("other", other)
                .param("after", afterTask)
                .update();
        sql.sql("""
                insert into predictions (job_id, data, task, after_task, stage, attempt, images, correct, predicted,
                                         inferred_tasks, class_scores, predicted_scores)
                select :job, data, task, after_task, stage, attempt, images, correct, predicted,
                       inferred_tasks, class_scores, predicted_scores
                  from predictions
                 where job_id = :other and after_task <= :after""")
                .param("job", job)
                .param("other", other)
                .param("after", afterTask)
                .update();
    }

    /// A row of a matrix that has counts.
    ///
    /// @param kept whether its predictions are there too
    record Measured(int afterTask, Stage stage, boolean kept) {}

    /// All rows of the matrices of a job, in order.
    List<Measured> rows(UUID job, EvaluationData data) {
        return sql.sql("""
                select after_task, stage, (after_task, stage) in (
                         select after_task, stage from predictions where job_id = :job and data = :data) as kept
                  from accuracy_rows
                 where job_id = :job and data = :data and measure = 'TOP1'
                 order by after_task, stage""")
                .param("job", job)
                .param("data", data.name())
                .query((row, _) -> new Measured(
                        row.getInt("after_task"), Stage.valueOf(row.getString("stage")), row.getBoolean("kept")))
                .list();
    }

    /// The decisions about one task's images.
    ///
    /// @param rows the stage to read of each row that is wanted; the last is the row that is asked about
    /// @return empty where the task has no images of this kind
    Optional<TaskColumn> column(UUID job, EvaluationData data, int task, SortedMap<Integer, Stage> rows) {
        List<TaskColumn.Decided> decided = sql
                .sql("""
                select after_task, stage, images, predicted, inferred_tasks, class_scores, predicted_scores
                  from predictions
                 where job_id = :job and data = :data and task = :task and after_task between :first and :last
                   and stage in (:stages)
                 order by after_task""")
                .param("job", job)
                .param("data", data.name())
                .param("task", task)
                .param("first", rows.firstKey())
                .param("last", rows.lastKey())
                .param(
                        "stages",
                        rows.values().stream().map(Stage::name).distinct().toList())
                .query((row, _) -> Stage.valueOf(row.getString("stage")) == rows.get(row.getInt("after_task"))
                        ? Optional.of(decided(row))
                        : Optional.<TaskColumn.Decided>empty())
                .list()
                .stream()
                .flatMap(Optional::stream)
                .toList();
        if (decided.isEmpty()) {
            return Optional.empty();
        }
        int last = decided.size() - 1;
        return sql.sql("""
                select images, places, classes
                  from measured_images
                 where job_id = :job and data = :data and task = :task""")
                .param("job", job)
                .param("data", data.name())
                .param("task", task)
                .query((row, _) -> new TaskColumn(
                        task,
                        PackedNumbers.unpackAscending(row.getBytes("places"), row.getInt("images")),
                        PackedNumbers.unpack(row.getBytes("classes"), row.getInt("images")),
                        decided.get(last),
                        decided.subList(0, last)))
                .optional();
    }

    private static TaskColumn.Decided decided(ResultSet row) throws SQLException {
        int images = row.getInt("images");
        byte[] inferred = row.getBytes("inferred_tasks");
        byte[] classScores = row.getBytes("class_scores");
        byte[] predictedScores = row.getBytes("predicted_scores");
        return new TaskColumn.Decided(
                row.getInt("after_task"),
                PackedNumbers.unpack(row.getBytes("predicted"), images),
                inferred == null ? null : PackedNumbers.unpack(inferred, images),
                classScores == null ? null : PackedNumbers.unpackHalves(classScores),
                predictedScores == null ? null : PackedNumbers.unpackHalves(predictedScores));
    }
}
