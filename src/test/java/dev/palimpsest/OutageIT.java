package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.ServiceProcess;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The database of a service at work is killed and stays away for a while: told, survived, and no reason not to stop.
@Tag("engine")
class OutageIT {

    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final String DATASET = """
            {"id": "drawn", "kind": "synthetic", "classes": 4, "train_per_class": 40, "test_per_class": 5,
             "image_size": 32, "seed": 3}""";
    private static final String BACKBONE = """
            {"id": "tiny", "location": "tiny.safetensors", "heads": 2}""";

    @TempDir
    Path home;

    @Test
    void aJobGoesOnWhenItsDatabaseComesBack() throws IOException, InterruptedException {
        try (ServiceProcess service = start()) {
            String job = submit(service, 40);
            breakDatabase();

            awaitTrue(
                    "not ready", () -> service.ask("/actuator/health/readiness").statusCode() == 503);
            long asked = System.nanoTime();
            HttpResponse<String> answer = service.ask("/api/v1/jobs/" + job);
            assertThat(Duration.ofNanos(System.nanoTime() - asked)).isLessThan(Duration.ofSeconds(15));
            assertThat(answer.statusCode()).isEqualTo(503);
            assertThat(answer.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
            assertThat(answer.body()).contains("\"database_unavailable\"");
            assertThat(service.ask("/actuator/health/liveness").statusCode()).isEqualTo(200);
            long scraped = System.nanoTime();
            assertThat(service.ask("/actuator/prometheus").body()).contains("palimpsest_queue_depth");
            assertThat(Duration.ofNanos(System.nanoTime() - scraped)).isLessThan(Duration.ofSeconds(15));
            mendDatabase();

            awaitTrue("ready", () -> service.ask("/actuator/health/readiness").statusCode() == 200);
            JsonNode done = service.await("/jobs/" + job, LIMIT, "succeeded");
            assertThat(done.path("failures").intValue()).isZero();
            assertThat(service.output())
                    .contains("Embedded PostgreSQL ended", "Embedded PostgreSQL is back", "The database answers again");
        }
    }

    @Test
    void aServiceWithoutItsDatabaseStopsAllTheSame() throws IOException, InterruptedException {
        try (ServiceProcess service = start()) {
            submit(service, 500);
            breakDatabase();
            awaitTrue(
                    "not ready", () -> service.ask("/actuator/health/readiness").statusCode() == 503);

            assertThat(service.terminate()).isLessThan(Duration.ofSeconds(45));
        }
    }

    private ServiceProcess start() throws IOException, InterruptedException {
        Files.createDirectories(home.resolve("import"));
        Files.write(home.resolve("import/tiny.safetensors"), TinyInputs.weights(1));
        return ServiceProcess.start(
                home, "--palimpsest.worker.shutdown-max-wait=10s", "--palimpsest.storage.min-free=0B");
    }

    private static String submit(ServiceProcess service, int epochs) throws InterruptedException {
        service.post("/datasets", DATASET);
        service.post("/backbones", BACKBONE);
        service.await("/datasets/drawn", LIMIT, "ready");
        service.await("/backbones/tiny", LIMIT, "ready");
        String job = service.post("/experiments", experiment(epochs))
                .at("/jobs/0/id")
                .stringValue("");
        service.await("/jobs/" + job, LIMIT, "running");
        return job;
    }

    /// Without its programs the server cannot be started again.
    private void breakDatabase() throws IOException {
        Path postgres = home.resolve("postgres");
        Files.move(postgres.resolve("bin"), postgres.resolve("away"));
        long pid = Long.parseLong(Files.readAllLines(postgres.resolve("data/postmaster.pid"))
                .getFirst()
                .trim());
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
    }

    private void mendDatabase() throws IOException {
        Files.move(home.resolve("postgres/away"), home.resolve("postgres/bin"));
    }

    private static void awaitTrue(String what, Callable<Boolean> condition) {
        Awaitility.await(what)
                .atMost(Duration.ofSeconds(90))
                .pollInterval(Duration.ofMillis(500))
                .until(condition);
    }

    private static String experiment(int epochs) {
        return """
            {"dataset_id": "drawn", "backbone_id": "tiny",
             "split": {"kind": "equal_classes", "task_count": 2},
             "method": {"name": "sequential_lora", "rank": 4},
             "training": {"epochs": %d, "batch_size": 4},
             "limits": {"max_failures": 1}}""".formatted(epochs);
    }
}
