package dev.palimpsest.support;

import dev.palimpsest.postgres.EmbeddedPostgres;
import dev.palimpsest.postgres.EmbeddedPostgresSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.condition.NoneNestedConditions;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.testcontainers.service.connection.ServiceConnection;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Condition;
import org.springframework.context.annotation.ConditionContext;
import org.springframework.context.annotation.Conditional;
import org.springframework.core.type.AnnotatedTypeMetadata;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;

/// PostgreSQL for tests, from a container where a Docker engine answers, else from one embedded server per
/// JVM with a fresh database per Spring context. No test is skipped either way.
///
/// `-Dtest.database=embedded` or the variable `TEST_DATABASE` chooses; CI runs both.
@TestConfiguration(proxyBeanMethods = false)
public class DatabaseTestConfiguration {

    @Bean
    @ServiceConnection
    @Conditional(DockerAvailable.class)
    PostgreSQLContainer postgres() {
        return new PostgreSQLContainer("postgres:18-alpine");
    }

    @Bean
    @Conditional(DockerMissing.class)
    JdbcConnectionDetails embeddedDatabase() throws IOException, InterruptedException, SQLException {
        return SharedServer.newDatabase();
    }

    /// Started once, closed by its life line when the test JVM ends.
    static final class SharedServer {

        private static final AtomicInteger databases = new AtomicInteger();
        private static @Nullable EmbeddedPostgres shared;

        private SharedServer() {}

        static synchronized JdbcConnectionDetails newDatabase() throws IOException, InterruptedException, SQLException {
            EmbeddedPostgres server = shared;
            if (server == null) {
                server = EmbeddedPostgres.start(
                        new EmbeddedPostgresSettings(Path.of("target/test-postgres"), Duration.ofSeconds(60), false));
                shared = server;
            }
            String name = "test_" + ProcessHandle.current().pid() + "_" + databases.incrementAndGet();
            try (var connection = DriverManager.getConnection(server.jdbcUrl(), server.username(), server.password());
                    var statement = connection.createStatement()) {
                statement.execute("create database " + name);
            }
            return new Database(server.jdbcUrl(name), server.username(), server.password());
        }
    }

    private record Database(String url, String user, String word) implements JdbcConnectionDetails {
        @Override
        public String getUsername() {
            return user;
        }

        @Override
        public String getPassword() {
            return word;
        }

        @Override
        public String getJdbcUrl() {
            return url;
        }
    }

    static final class DockerAvailable implements Condition {

        private static final boolean AVAILABLE = probe();

        private static boolean probe() {
            @Nullable String wanted = System.getProperty("test.database", System.getenv("TEST_DATABASE"));
            return !"embedded".equals(wanted) && DockerClientFactory.instance().isDockerAvailable();
        }

        @Override
        public boolean matches(ConditionContext context, AnnotatedTypeMetadata metadata) {
            return AVAILABLE;
        }
    }

    static final class DockerMissing extends NoneNestedConditions {

        DockerMissing() {
            super(ConfigurationPhase.REGISTER_BEAN);
        }

        @Conditional(DockerAvailable.class)
        static final class Available {}
    }
}
