package dev.palimpsest.jobs;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import java.time.Clock;
import java.util.UUID;
import javax.sql.DataSource;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.stereotype.Component;

/// Places of [SlotWork] in the queues of the device pools, among those of jobs with priority 0.
@Component
public class SlotQueue {

    private final SchedulerClient scheduler;
    private final JdbcClient sql;
    private final Clock clock;

    SlotQueue(DataSource dataSource, JdbcClient sql, Clock clock) {
        this.scheduler = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(dataSource))
                .enablePriority()
                .build();
        this.sql = sql;
        this.clock = clock;
    }

    static TaskDescriptor<Void> task(String work, String pool) {
        return TaskDescriptor.of(work + "@" + pool);
    }

    /// Puts a piece of work into the queue of a pool, in the transaction of its row.
    public void enter(String work, String pool, UUID id) {
        scheduler.scheduleIfNotExists(
                task(work, pool).instance(id.toString()).priority(0).scheduledTo(clock.instant()));
    }

    private record Held(String task, String instance, long version) {}

    /// Lets work wait again that earlier processes of a node had begun, without waiting for missed
    /// heartbeats. To be called before the node's schedulers start.
    ///
    /// @param node whose processes are gone; all of them where the database belongs to this process alone
    void release(SlotWork work, String node, boolean onlyNode) {
        sql.sql("""
                select task_name, task_instance, version
                  from scheduled_tasks
                 where picked
                   and starts_with(task_name, :work)
                   and (:all or starts_with(picked_by, :node))""")
                .param("work", work.name() + "@")
                .param("all", onlyNode)
                .param("node", node + "/")
                .query((row, _) ->
                        new Held(row.getString("task_name"), row.getString("task_instance"), row.getLong("version")))
                .list()
                .forEach(held -> release(work, held));
    }

    private void release(SlotWork work, Held held) {
        work.lost(UUID.fromString(held.instance()), held.version());
        sql.sql("""
                update scheduled_tasks
                   set picked = false, picked_by = null, last_heartbeat = null, version = version + 1
                 where task_name = :task
                   and task_instance = :instance
                   and version = :version""").paramSource(held).update();
    }
}
