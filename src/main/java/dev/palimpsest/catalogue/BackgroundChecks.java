package dev.palimpsest.catalogue;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.CompletionHandler;
import com.github.kagkarlsson.scheduler.task.CompletionHandler.OnCompleteRemove;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.ExecutionContext;
import com.github.kagkarlsson.scheduler.task.ExecutionOperations;
import com.github.kagkarlsson.scheduler.task.FailureHandler;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.time.Clock;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.stereotype.Component;

/// Asks for work on a registered input, in the transaction of its row. Any node may pick it up; a node that
/// dies over it is followed by another.
@Component
public class BackgroundChecks {

    private static final Logger log = LoggerFactory.getLogger(BackgroundChecks.class);

    public static final TaskDescriptor<Void> DATASET = TaskDescriptor.of("check-dataset");
    public static final TaskDescriptor<Void> BACKBONE = TaskDescriptor.of("verify-backbone");

    private final SchedulerClient scheduler;
    private final Clock clock;

    BackgroundChecks(DataSource dataSource, Clock clock) {
        this.scheduler = SchedulerClient.Builder.create(new TransactionAwareDataSourceProxy(dataSource))
                .enablePriority()
                .build();
        this.clock = clock;
    }

    /// @param number of the check of this input, so that an old entry never stands for a new content
    void ask(TaskDescriptor<Void> task, String id, int number) {
        scheduler.scheduleIfNotExists(task.instance(id + "." + number).scheduledTo(clock.instant()));
    }

    /// Looks at one input.
    @FunctionalInterface
    public interface Work {

        /// Looks at it as it was registered.
        ///
        /// @param stop whether the node is stopping
        /// @throws CancellationException if it was ended before it knew; nothing is written then
        void check(String id, int number, BooleanSupplier stop);
    }

    public static Task<Void> task(TaskDescriptor<Void> what, Work work) {
        return Tasks.custom(what)
                .onFailure(new FailureHandler.OnFailureRetryLater<>(Tasks.DEFAULT_RETRY_INTERVAL))
                .onDeadExecutionRevive()
                .execute((entry, context) -> check(work, entry, context));
    }

    private static CompletionHandler<Void> check(Work work, TaskInstance<Void> entry, ExecutionContext context) {
        try {
            work.check(id(entry.getId()), number(entry.getId()), context.getSchedulerState()::isShuttingDown);
            return new OnCompleteRemove<>();
        } catch (CancellationException ended) {
            Thread.interrupted(); // the flag would keep the entry from being written
            log.info("The check of {} stopped and stays due", id(entry.getId()));
            return BackgroundChecks::stayDue;
        }
    }

    private static void stayDue(ExecutionComplete complete, ExecutionOperations<Void> operations) {
        operations.reschedule(complete, complete.getExecution().executionTime);
    }

    private static String id(String instance) {
        return instance.substring(0, instance.lastIndexOf('.'));
    }

    private static int number(String instance) {
        return Integer.parseInt(instance.substring(instance.lastIndexOf('.') + 1));
    }
}
