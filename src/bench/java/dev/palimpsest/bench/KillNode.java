package dev.palimpsest.bench;

import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.Progress;
import dev.palimpsest.jobs.StopAsk;
import java.time.Duration;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.AutoConfigurationPackage;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.properties.ConfigurationPropertiesScan;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ComponentScan;
import org.springframework.jdbc.core.simple.JdbcClient;

/// A node with the room `jobs` and nothing else, for [KillBench]: its work is rows in a table. It is no component,
/// because the scan of the whole service finds this package too.
@EnableAutoConfiguration
@AutoConfigurationPackage(basePackages = KillNode.ROOM)
@ConfigurationPropertiesScan(KillNode.ROOM)
@ComponentScan(KillNode.ROOM)
class KillNode {

    static final String ROOM = "dev.palimpsest.jobs";

    /// Arguments: properties of the service.
    public static void main(String[] properties) {
        SpringApplication.run(KillNode.class, properties);
    }

    /// Goes on after the last step that was written, as a run goes on from its last checkpoint.
    @Bean
    JobHandler steps(JdbcClient sql) {
        return context -> {
            context.running();
            String[] payload =
                    context.job().payload().replaceAll("[^0-9 ]", "").trim().split(" +", -1);
            int steps = Integer.parseInt(payload[0]);
            var pause = Duration.ofMillis(Long.parseLong(payload[1]));
            long done = context.job().progress().map(Progress::step).orElse(0L);
            for (long step = done + 1; step <= steps; step++) {
                if (context.stop() != StopAsk.GO_ON) {
                    return new AttemptEnd.Stopped();
                }
                Thread.sleep(pause);
                long now = step;
                context.write(rows -> {
                    sql.sql("insert into bench_steps (job, step, attempt) values (:job, :step, :attempt)")
                            .param("job", context.job().id())
                            .param("step", now)
                            .param("attempt", context.attempt())
                            .update();
                    rows.progress(new Progress(1, 1, 1, 1, now, 99.0 * now / steps, null));
                });
            }
            return new AttemptEnd.Finished();
        };
    }
}
