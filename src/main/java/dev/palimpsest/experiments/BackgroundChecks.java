package dev.palimpsest.experiments;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.TaskDescriptor;
import java.time.Clock;
import javax.sql.DataSource;
import org.springframework.jdbc.datasource.TransactionAwareDataSourceProxy;
import org.springframework.stereotype.Component;

/// Asks for work on a registered input, in the transaction of its row. Any node may pick it up; a node that
/// dies over it is followed by another.
@Component
class BackgroundChecks {

    static final TaskDescriptor<Void> DATASET = TaskDescriptor.of("check-dataset");
    static final TaskDescriptor<Void> BACKBONE = TaskDescriptor.of("verify-backbone");

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

    static String id(String instance) {
        return instance.substring(0, instance.lastIndexOf('.'));
    }

    static int number(String instance) {
        return Integer.parseInt(instance.substring(instance.lastIndexOf('.') + 1));
    }
}
