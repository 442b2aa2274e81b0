package dev.palimpsest.jobs;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.exceptions.DbSchedulerException;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import dev.palimpsest.settings.Ids;
import java.sql.Types;
import java.time.Instant;
import java.time.ZoneOffset;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.stereotype.Component;

/// The places of jobs in the scheduler's table, written in the transaction of the job row.
///
/// The proxy makes the scheduler's client use the connection of the JPA transaction. A node needs no task of
/// the pool to put a job in its queue.
@Component
public class QueueEntries {

    private static final Logger log = LoggerFactory.getLogger(QueueEntries.class);

    private final SchedulerClient scheduler;
    private final JdbcClient sql;

    QueueEntries(DataSource dataSource, JdbcClient sql) {
        this.scheduler = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(dataSource))
                .enablePriority()
                .build();
        this.sql = sql;
    }

    /// Name of the scheduler's task that runs jobs of a pool.
    public static TaskDescriptor<Void> task(String pool) {
        return TaskDescriptor.of("train@" + pool);
    }

    /// Puts a job where [Job#enterQueue] says.
    void enter(Job job) {
        Instant due = job.notBefore().or(job::queuedAt).orElseThrow();
        var place = task(job.pool())
                .instance(job.place().toString())
                .priority(job.priority())
                .scheduledTo(due);
        if (!scheduler.scheduleIfNotExists(place)) {
            throw new IllegalStateException("Job " + Ids.job(job.id()) + " is already in the queue as " + job.place());
        }
    }

    /// Takes a waiting job out. A worker may be picking it at this moment; it then finds the job in another
    /// state and drops the entry.
    void leave(Job job) {
        try {
            scheduler.cancel(task(job.pool()).instanceId(job.place().toString()));
        } catch (DbSchedulerException e) {
            log.debug("Entry {} is being picked", job.place(), e);
        }
    }

    /// Whether this pick of the scheduler still stands. The entry is locked, so that it stands until the
    /// transaction ends.
    boolean holds(Job job, long lease) {
        return sql.sql("""
                select true
                  from scheduled_tasks
                 where task_name = :task
                   and task_instance = :instance
                   and picked
                   and version = :lease
                   for update""")
                .param("task", task(job.pool()).getTaskName())
                .param("instance", job.place().toString())
                .param("lease", lease)
                .query(Boolean.class)
                .optional()
                .isPresent();
    }

    /// Removes an entry, if this pick of it still stands.
    void remove(String pool, Place place, long lease) {
        sql.sql("""
                delete from scheduled_tasks
                 where task_name = :task
                   and task_instance = :instance
                   and version = :lease""")
                .param("task", task(pool).getTaskName())
                .param("instance", place.toString())
                .param("lease", lease)
                .update();
    }

    /// Lets an entry be picked again, if this pick of it still stands.
    ///
    /// @param earliest not to be picked before; empty leaves the time for which it was entered
    public void release(String pool, Place place, long lease, @Nullable Instant earliest) {
        sql.sql("""
                update scheduled_tasks
                   set picked = false, picked_by = null, last_heartbeat = null, version = version + 1,
                       execution_time = coalesce(:earliest, execution_time)
                 where task_name = :task
                   and task_instance = :instance
                   and version = :lease""")
                .param(
                        "earliest",
                        earliest == null ? null : earliest.atOffset(ZoneOffset.UTC),
                        Types.TIMESTAMP_WITH_TIMEZONE)
                .param("task", task(pool).getTaskName())
                .param("instance", place.toString())
                .param("lease", lease)
                .update();
    }

    /// Lets entries be picked again that earlier processes of a node had picked, without waiting for missed
    /// heartbeats. To be called when their attempts have ended, before the node's schedulers start.
    ///
    /// @param node whose processes are gone; all of them where the database belongs to this process alone
    public void release(String node, boolean onlyNode) {
        sql.sql("""
                update scheduled_tasks
                   set picked = false, picked_by = null, last_heartbeat = null, version = version + 1
                 where picked
                   and starts_with(task_name, 'train@')
                   and (:all or starts_with(picked_by, :node))""").param("all", onlyNode).param("node", node + "/").update();
    }

    /// Removes the entry of an attempt whose worker is gone, although that worker still seems to hold it.
    void removeHeld(Job job) {
        sql.sql("delete from scheduled_tasks where task_name = :task and task_instance = :instance")
                .param("task", task(job.pool()).getTaskName())
                .param("instance", job.place().toString())
                .update();
    }
}
