package dev.palimpsest.results;

import java.sql.Timestamp;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/// The measured points of all series: thousands a job, so they are written in batches and read as they lie.
@Component
public class MetricPoints {

    private final JdbcTemplate batches;
    private final JdbcClient sql;

    MetricPoints(JdbcTemplate batches, JdbcClient sql) {
        this.batches = batches;
        this.sql = sql;
    }

    /// A number of a run; tasks, epochs and steps count from 1.
    ///
    /// @param epoch 0 for a point of the whole task
    /// @param step steps of the job so far
    public record Point(String name, int task, int epoch, long step, double value) {}

    /// A point as it was stored.
    record Stored(String name, int task, int epoch, long step, double value, int attempt, Instant at) {}

    /// Writes in the transaction of the caller.
    public void add(UUID job, int attempt, Instant at, List<Point> points) {
        batches.batchUpdate("""
                insert into metric_points (job_id, name, task, epoch, step, attempt, at, value)
                values (?, ?, ?, ?, ?, ?, ?, ?)""", points, 500, (row, point) -> {
            row.setObject(1, job);
            row.setString(2, point.name());
            row.setInt(3, point.task());
            row.setInt(4, point.epoch());
            row.setLong(5, point.step());
            row.setInt(6, attempt);
            row.setTimestamp(7, Timestamp.from(at));
            row.setDouble(8, point.value());
        });
    }

    /// Sets aside what earlier attempts measured beyond a checkpoint, because it is done again.
    ///
    /// @param tasks whole tasks that the checkpoint holds
    /// @param step steps that it holds
    void dropBeyond(UUID job, int attempt, int tasks, long step) {
        sql.sql("""
                update metric_points
                   set dropped = true
                 where job_id = :job
                   and attempt < :attempt
                   and task > :tasks
                   and (task > :tasks + 1 or step > :step)
                   and not dropped""")
                .param("job", job)
                .param("attempt", attempt)
                .param("tasks", tasks)
                .param("step", step)
                .update();
    }

    /// Names of the series that a job has, with the number of their points, in order.
    Map<String, Long> count(UUID job, Selection wanted) {
        return sql
                .sql("""
                select name, count(*) as points
                  from metric_points
                 where job_id = :job""" + wanted.condition() + " group by name order by name")
                .param("job", job)
                .params(wanted.parameters())
                .query((row, _) -> Map.entry(row.getString("name"), row.getLong("points")))
                .list()
                .stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (one, _) -> one, LinkedHashMap::new));
    }

    /// The points of one series in the order of the run.
    List<Stored> read(UUID job, String name, Selection wanted) {
        return sql.sql("""
                select name, task, epoch, step, value, attempt, at
                  from metric_points
                 where job_id = :job
                   and name = :name""" + wanted.condition() + " order by step, task, epoch")
                .param("job", job)
                .param("name", name)
                .params(wanted.parameters())
                .query((row, _) -> new Stored(
                        row.getString("name"),
                        row.getInt("task"),
                        row.getInt("epoch"),
                        row.getLong("step"),
                        row.getDouble("value"),
                        row.getInt("attempt"),
                        row.getTimestamp("at").toInstant()))
                .list();
    }

    /// Which points of a series are wanted.
    ///
    /// @param task only of this task; empty for all
    /// @param attempt all points of this attempt, also those that were lost; empty for the points that count
    /// @param afterStep only later steps
    record Selection(@Nullable Integer task, @Nullable Integer attempt, long afterStep) {

        private String condition() {
            return " and step > :afterStep"
                    + (task == null ? "" : " and task = :task")
                    + (attempt == null ? " and not dropped" : " and attempt = :attempt");
        }

        private Map<String, Object> parameters() {
            var parameters = new HashMap<String, Object>();
            parameters.put("afterStep", afterStep);
            if (task != null) {
                parameters.put("task", task);
            }
            if (attempt != null) {
                parameters.put("attempt", attempt);
            }
            return parameters;
        }
    }
}
