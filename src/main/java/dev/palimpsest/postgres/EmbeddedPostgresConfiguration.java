package dev.palimpsest.postgres;

import java.io.IOException;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionMessage;
import org.springframework.boot.autoconfigure.condition.ConditionOutcome;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.SpringBootCondition;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.jdbc.autoconfigure.DataSourceAutoConfiguration;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.springframework.util.StringUtils;

/// An embedded database that Boot's data source, Flyway and JPA pick up when nobody configured one.
///
/// The connection details depend on the server bean, so the server stops after the connection pool. Must be
/// listed in `META-INF/spring/org.springframework.boot.autoconfigure.AutoConfiguration.imports`.
@AutoConfiguration(before = DataSourceAutoConfiguration.class)
@EnableConfigurationProperties(EmbeddedPostgresSettings.class)
@Conditional(EmbeddedPostgresConfiguration.NoDatabaseConfigured.class)
public class EmbeddedPostgresConfiguration {

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean(JdbcConnectionDetails.class)
    EmbeddedPostgres embeddedPostgres(EmbeddedPostgresSettings settings) throws IOException, InterruptedException {
        return EmbeddedPostgres.start(settings);
    }

    @Bean
    @ConditionalOnMissingBean(JdbcConnectionDetails.class)
    JdbcConnectionDetails embeddedPostgresConnection(EmbeddedPostgres server) {
        return new ServerConnection(server);
    }

    private record ServerConnection(EmbeddedPostgres server) implements JdbcConnectionDetails {
        @Override
        public String getUsername() {
            return server.username();
        }

        @Override
        public String getPassword() {
            return server.password();
        }

        @Override
        public String getJdbcUrl() {
            return server.jdbcUrl();
        }
    }

    /// An empty `spring.datasource.url`, as a compose file with an unset variable gives it, counts as none.
    static final class NoDatabaseConfigured extends SpringBootCondition {
        @Override
        public ConditionOutcome getMatchOutcome(ConditionContext context, AnnotatedTypeMetadata metadata) {
            var message = ConditionMessage.forCondition("spring.datasource.url");
            return StringUtils.hasText(context.getEnvironment().getProperty("spring.datasource.url"))
                    ? ConditionOutcome.noMatch(message.because("it is set"))
                    : ConditionOutcome.match(message.because("it is empty"));
        }
    }
}
