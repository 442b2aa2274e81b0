package dev.palimpsest.results;

import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Stage;
import java.util.Arrays;
import java.util.List;
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
}
