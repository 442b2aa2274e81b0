package dev.palimpsest.jobs;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.exceptions.DbSchedulerException;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import java.time.Instant;
import javax.sql.DataSource;
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
class QueueEntries {

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
    static TaskDescriptor<Void> task(String pool) {
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

    /// Removes the entry of an attempt whose worker is gone, although that worker still seems to hold it.
    void removeHeld(Job job) {
        sql.sql("delete from scheduled_tasks where task_name = :task and task_instance = :instance")
                .param("task", task(job.pool()).getTaskName())
                .param("instance", job.place().toString())
                .update();
    }
}
