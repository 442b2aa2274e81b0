package dev.palimpsest.jobs;

import java.time.Clock;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import javax.sql.DataSource;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/// What everybody who reads or writes jobs shares: time, and a look at the database.
@Configuration(proxyBeanMethods = false)
class JobsConfiguration {

    /// Time as the whole service sees it, cut to what the database keeps, so that what is answered now is
    /// what is read later.
    @Bean
    Clock clock() {
        return Clock.tick(Clock.systemUTC(), Duration.of(1, ChronoUnit.MICROS));
    }

    /// Under the name of Boot's own, which would wait for a connection and ask without a limit.
    @Bean("dbHealthIndicator")
    DatabaseWatch databaseWatch(DataSource dataSource) {
        return new DatabaseWatch(dataSource);
    }
}
