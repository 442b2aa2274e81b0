package dev.palimpsest.jobs;

import java.time.Duration;
import org.springframework.jdbc.core.simple.JdbcClient;

/// The scheduler's table as a test sees it, and moves in it that otherwise a scheduler makes.
public final class TestEntries {

    private final JdbcClient sql;

    public TestEntries(JdbcClient sql) {
        this.sql = sql;
    }

    /// A new entry is at version 1, so its first pick is lease 2.
    public void pick(Job job, String by) {
        int picked = sql.sql("""
                        update scheduled_tasks
                           set picked = true, picked_by = :by, last_heartbeat = now(), version = version + 1
                         where task_instance = :instance
                           and not picked""")
                .param("by", by)
                .param("instance", job.place().toString())
                .update();
        if (picked != 1) {
            throw new AssertionError("job for " + job.pool() + " has no entry that waits");
        }
    }

    /// Nobody has said for so long that the picked entry is alive.
    public void silence(Job job, Duration since) {
        sql.sql("""
                        update scheduled_tasks
                           set last_heartbeat = now() - make_interval(secs => :seconds)
                         where task_instance = :instance""")
                .param("seconds", since.toSeconds())
                .param("instance", job.place().toString())
                .update();
    }

    public void replaceVersion(Job job, long version) {
        sql.sql("update scheduled_tasks set version = :version where task_instance = :instance")
                .param("version", version)
                .param("instance", job.place().toString())
                .update();
    }

    public void delete(Job job) {
        sql.sql("delete from scheduled_tasks where task_instance = :instance")
                .param("instance", job.place().toString())
                .update();
    }

    /// As `picked at 2` or `waits at 1`.
    public String of(Job job) {
        return sql.sql("""
                        select case when picked then 'picked at ' else 'waits at ' end || version
                          from scheduled_tasks
                         where task_instance = :instance""")
                .param("instance", job.place().toString())
                .query(String.class)
                .single();
    }

    public long count(String task) {
        return sql.sql("select count(*) from scheduled_tasks where task_name = :task")
                .param("task", task)
                .query(Long.class)
                .single();
    }

    public long picked(String task) {
        return sql.sql("select count(*) from scheduled_tasks where task_name = :task and picked")
                .param("task", task)
                .query(Long.class)
                .single();
    }

    /// What autovacuum finds in a service that has been idle for an hour.
    public void pretendThereIsOne() {
        sql.sql("alter table scheduled_tasks set (autovacuum_enabled = false)").update();
        sql.sql("update pg_class set reltuples = 1, relpages = 1 where relname = 'scheduled_tasks'")
                .update();
    }
}
