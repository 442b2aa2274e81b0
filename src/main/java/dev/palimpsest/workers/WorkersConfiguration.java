package dev.palimpsest.workers;

import com.github.kagkarlsson.scheduler.boot.config.DbSchedulerCustomizer;
import com.github.kagkarlsson.scheduler.jdbc.JdbcCustomization;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import com.github.kagkarlsson.scheduler.task.schedule.Schedules;
import dev.palimpsest.jobs.Attempts;
import dev.palimpsest.jobs.DatabaseWatch;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.JobEvents;
import dev.palimpsest.jobs.JobHandler;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.sql.DataSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.env.Environment;
import org.springframework.transaction.support.TransactionTemplate;
import org.springframework.util.StringUtils;

/// Training in device pools of our own beside short background work in the starter's scheduler.
///
/// Every `Task` bean goes to the starter's scheduler, so training is none.
@Configuration(proxyBeanMethods = false)
class WorkersConfiguration {

    private static final Duration CUT_OFF_AFTER = Duration.ofSeconds(60);

    @Bean
    DevicePools.Room room(
            Attempts attempts,
            JobEvents events,
            LostAttempts lost,
            NodeName names,
            WorkerRepository workers,
            TransactionTemplate transaction,
            Clock clock,
            SlotQueue slotQueue,
            ObjectProvider<SlotWork> slotWork,
            ObjectProvider<StorageProbe> storage,
            DatabaseWatch database) {
        return new DevicePools.Room(
                attempts,
                events,
                lost,
                names,
                () -> new WorkerPresence(workers, transaction, clock),
                slotQueue,
                slotWork.stream().toList(),
                storage.getIfAvailable(() -> Optional::empty),
                database);
    }

    /// Without a configured URL the database is the embedded one, which has no other user.
    @Bean
    DevicePools devicePools(
            DataSource dataSource,
            WorkerSettings settings,
            DevicePools.Room room,
            ObjectProvider<DeviceProbe> probe,
            ObjectProvider<JobHandler> handler,
            ObjectProvider<BuildProperties> build,
            Environment environment) {
        DeviceProbe machine = probe.getIfAvailable(OnlyCpu::new);
        BuildProperties release = build.getIfAvailable();
        var node = new DevicePools.NodeSettings(
                settings,
                machine.devices(),
                machine.engine(),
                release == null ? "development" : String.valueOf(release.getVersion()),
                !StringUtils.hasText(environment.getProperty("spring.datasource.url")),
                CUT_OFF_AFTER);
        return new DevicePools(dataSource, node, room, handler.getIfAvailable());
    }

    @Bean
    DbSchedulerCustomizer claimsOfTheStarter() {
        return new DbSchedulerCustomizer() {
            @Override
            public Optional<JdbcCustomization> jdbcCustomization() {
                return Optional.of(DueEntries.selectedFirst());
            }
        };
    }

    @Bean
    Task<Void> sweep(
            LostAttempts lost,
            SlotQueue slotQueue,
            ObjectProvider<SlotWork> slotWork,
            DatabaseWatch database,
            WorkerSettings worker) {
        return Tasks.recurring("sweep", Schedules.fixedDelay(Duration.ofMinutes(1)))
                .execute((_, _) -> {
                    if (!database.awayWithin(worker.lostAfter())) {
                        lost.sweep();
                        slotWork.forEach(slotQueue::sweep);
                    }
                });
    }

    /// What is known of a machine without asking a tensor library.
    private static final class OnlyCpu implements DeviceProbe {

        @Override
        public List<Device> devices() {
            return List.of(new Device("cpu", 0, "CPU", Runtime.getRuntime().maxMemory()));
        }

        @Override
        public String engine() {
            return "none";
        }
    }
}
