package dev.palimpsest.postgres;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/// What the embedded server promises: durable, private, one owner, data kept, gone with its JVM.
@Tag("postgres")
class EmbeddedPostgresIT {

    @TempDir
    Path folder;

    @Test
    void keepsItsDataAndItsDoorShut() throws IOException, InterruptedException, SQLException {
        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(query(server, "show fsync")).isEqualTo("on");
            query(server, "create table kept as select 42 as answer");
            assertThatThrownBy(() -> DriverManager.getConnection(server.jdbcUrl(), server.username(), "wrong"))
                    .isInstanceOfSatisfying(
                            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("28P01"));
            assertThatThrownBy(() -> EmbeddedPostgres.start(settings()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("Another instance uses")
                    .satisfies(e -> assertThat(new HomeInUseAnalyzer().analyze(e))
                            .isNotNull()
                            .extracting(FailureAnalysis::getDescription)
                            .isEqualTo(e.getMessage()));
        }
        assertThat(folder.resolve("data/postmaster.pid")).doesNotExist();
        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(query(server, "select answer from kept")).isEqualTo("42");
        }
    }

    @Test
    void aKilledJvmLeavesNoServerBehind() throws IOException, InterruptedException, SQLException {
        Process jvm = startJvm();
        String url;
        try (var output = jvm.inputReader(StandardCharsets.UTF_8)) {
            url = output.lines()
                    .filter(line -> line.startsWith("jdbc:"))
                    .findFirst()
                    .orElseThrow();
            try (var connection = DriverManager.getConnection(url, "postgres", password());
                    var statement = connection.createStatement()) {
                statement.execute("create table kept as select 43 as answer");
            }
            ProcessHandle server = ProcessHandle.of(serverPid()).orElseThrow();

            jvm.destroyForcibly();

            Awaitility.await("end of server " + server.pid())
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> !server.isAlive());
        }
        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(query(server, "select answer from kept")).isEqualTo("43");
        }
    }

    @Test
    @ExtendWith(OutputCaptureExtension.class)
    void aKilledServerComesBackUnderTheSameAddress(CapturedOutput log)
            throws IOException, InterruptedException, SQLException {
        try (var server = EmbeddedPostgres.start(settings())) {
            query(server, "create table kept as select 44 as answer");
            for (int kill = 1; kill <= 2; kill++) {
                ProcessHandle postmaster = ProcessHandle.of(serverPid()).orElseThrow();
                postmaster.destroyForcibly();
                postmaster.onExit().join();

                Awaitility.await("return from kill " + kill)
                        .atMost(Duration.ofSeconds(40))
                        .ignoreExceptions()
                        .until(() -> query(server, "select answer from kept").equals("44"));
            }
            assertThat(log.getAll()).contains("Embedded PostgreSQL ended", "Embedded PostgreSQL is back on port");
        }
        assertThat(folder.resolve("data/postmaster.pid"))
                .as("closed like any other")
                .doesNotExist();
    }

    @Test
    void aServerThatCannotComeBackDoesNotHoldUpTheEnd() throws IOException, InterruptedException {
        Instant start;
        try (var server = EmbeddedPostgres.start(settings())) {
            Files.move(folder.resolve("bin"), folder.resolve("away"));
            ProcessHandle.of(serverPid()).orElseThrow().destroyForcibly();
            Awaitility.await("the server is down")
                    .atMost(Duration.ofSeconds(20))
                    .until(() -> failsToConnect(server));
            start = Instant.now();
        }
        assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(10));
    }

    private static boolean failsToConnect(EmbeddedPostgres server) {
        try {
            query(server, "select 1");
            return false;
        } catch (SQLException _) {
            return true;
        }
    }

    @Test
    void aFirstStartThatWasCutShortIsBegunAgain() throws IOException, InterruptedException, SQLException {
        Files.createDirectories(folder.resolve("data.draft/base"));
        Files.writeString(folder.resolve("data.draft/PG_VERSION"), "18\n");

        try (var server = EmbeddedPostgres.start(settings())) {
            assertThat(query(server, "show server_version_num")).startsWith("18");
        }
    }

    @Test
    void keysAndDefaults() {
        EmbeddedPostgresSettings defaults = bind(Map.of());
        EmbeddedPostgresSettings set =
                bind(Map.of("home", "/srv/postgres", "startup-timeout", "5s", "durable", "false"));

        assertThat(defaults)
                .isEqualTo(new EmbeddedPostgresSettings(Path.of("data/postgres"), Duration.ofSeconds(60), true));
        assertThat(set).isEqualTo(new EmbeddedPostgresSettings(Path.of("/srv/postgres"), Duration.ofSeconds(5), false));
    }

    private Process startJvm() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(
                        java,
                        "-Xmx64m",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KillableServer.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }

    private String password() throws IOException {
        return Files.readString(folder.resolve("password"));
    }

    private long serverPid() throws IOException {
        return Long.parseLong(Files.readAllLines(folder.resolve("data/postmaster.pid"))
                .getFirst()
                .trim());
    }

    private EmbeddedPostgresSettings settings() {
        return new EmbeddedPostgresSettings(folder, Duration.ofSeconds(60), true);
    }

    private static EmbeddedPostgresSettings bind(Map<String, String> properties) {
        var source = new MapConfigurationPropertySource();
        properties.forEach((key, value) -> source.put("palimpsest.embedded-postgres." + key, value));
        return new Binder(source).bindOrCreate("palimpsest.embedded-postgres", EmbeddedPostgresSettings.class);
    }

    private static String query(EmbeddedPostgres server, String sql) throws SQLException {
        try (var connection = DriverManager.getConnection(server.jdbcUrl(), server.username(), server.password());
                var statement = connection.createStatement()) {
            if (!statement.execute(sql)) {
                return "";
            }
            try (var rows = statement.getResultSet()) {
                rows.next();
                return rows.getString(1);
            }
        }
    }
}
