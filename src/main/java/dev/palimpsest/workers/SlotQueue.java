package dev.palimpsest.workers;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import dev.palimpsest.workers.SlotWork.Turn;
import java.time.Clock;
import java.time.ZoneOffset;
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
    private final WorkerSettings settings;
    private final Clock clock;

    SlotQueue(DataSource dataSource, JdbcClient sql, WorkerSettings settings, Clock clock) {
        this.scheduler = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(dataSource))
                .enablePriority()
                .build();
        this.sql = sql;
        this.settings = settings;
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

    /// Whether this turn still has its pick. The entry is locked, so that it has it until the transaction
    /// ends.
    public boolean holds(String work, Turn turn) {
        return entry("""
                select true from scheduled_tasks
                 where task_name = :task and task_instance = :instance and version = :lease and picked
                   for update""", work, turn).query(Boolean.class).optional().isPresent();
    }

    /// Removes the entry of work that is done, unless another turn has begun.
    void leave(SlotWork work, Turn turn) {
        entry("""
                delete from scheduled_tasks
                 where task_name = :task and task_instance = :instance and version = :lease""", work.name(), turn).update();
    }

    /// Lets work wait for another turn, unless that has begun.
    void waitAgain(SlotWork work, Turn turn) {
        release(task(work.name(), turn.pool()).getTaskName(), turn.id().toString(), turn.lease());
    }

    private JdbcClient.StatementSpec entry(String statement, String work, Turn turn) {
        return sql.sql(statement)
                .param("task", task(work, turn.pool()).getTaskName())
                .param("instance", turn.id().toString())
                .param("lease", turn.lease());
    }

    private record Picked(String task, String instance, long lease) {}

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
                        new Picked(row.getString("task_name"), row.getString("task_instance"), row.getLong("version")))
                .list()
                .forEach(picked -> {
                    work.lost(UUID.fromString(picked.instance()), picked.lease());
                    release(picked.task(), picked.instance(), picked.lease());
                });
    }

    private void release(String task, String instance, long lease) {
        sql.sql("""
                update scheduled_tasks
                   set picked = false, picked_by = null, last_heartbeat = null, version = version + 1
                 where task_name = :task
                   and task_instance = :instance
                   and version = :lease""")
                .param("task", task)
                .param("instance", instance)
                .param("lease", lease)
                .update();
    }

    /// Lets work wait again that is said to run although no worker holds its entry any more.
    void sweep(SlotWork work) {
        work.held().stream().filter(hold -> !alive(work, hold)).forEach(hold -> {
            work.lost(hold.id(), hold.lease());
            release(task(work.name(), hold.pool()).getTaskName(), hold.id().toString(), hold.lease());
            enter(work.name(), hold.pool(), hold.id());
        });
    }

    private boolean alive(SlotWork work, SlotWork.Hold hold) {
        return sql.sql("""
                select true from scheduled_tasks
                 where task_name = :task and task_instance = :instance and version = :lease
                   and picked and last_heartbeat > :since""")
                .param("task", task(work.name(), hold.pool()).getTaskName())
                .param("instance", hold.id().toString())
                .param("lease", hold.lease())
                .param("since", clock.instant().minus(settings.lostAfter()).atOffset(ZoneOffset.UTC))
                .query(Boolean.class)
                .optional()
                .isPresent();
    }
}
