package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.ServiceProcess;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The README's first command: what it prints is what the API serves, and what it shows is true.
@Tag("postgres")
@Tag("engine")
class DemoIT {

    private static final Duration LIMIT = Duration.ofMinutes(6);
    private static final String DONE = "The service stays up";

    @TempDir
    Path home;

    @Test
    void theDemoTellsTheTruth() throws InterruptedException {
        try (ServiceProcess service = demo()) {
            String printed = awaitEnd(service);
            String lorac = job(service, "demo: lorac_ipc");
            String sequential = job(service, "demo: sequential_lora");

            assertThat(printed)
                    .contains("to go")
                    .contains(lines(service, lorac))
                    .contains(lines(service, sequential));
            assertThat(metric(service, lorac, "forgetting"))
                    .as("LoRAC-IPC forgets less than sequential LoRA")
                    .isLessThan(metric(service, sequential, "forgetting"));
            theClassesNeedLearning(service);
        }

        try (ServiceProcess again = demo()) {
            assertThat(awaitEnd(again)).contains("Found 'demo: lorac_ipc' of an earlier start (succeeded).");
            assertThat(again.get("/experiments?limit=100&name_contains=demo")
                            .path("data")
                            .size())
                    .isEqualTo(2);
        }
    }

    /// Frozen nearest class mean stays at least 10 points under joint training.
    private static void theClassesNeedLearning(ServiceProcess service) throws InterruptedException {
        String protocol = """
                "dataset_id": "demo_shapes", "backbone_id": "demo_vit", "seeds": [1], "precision": "auto",
                "split": {"kind": "equal_classes", "task_count": %d, "class_order": {"kind": "natural"}}""";
        String means = finished(
                service,
                "{\"name\": \"ncm\", \"method\": {\"name\": \"nearest_class_mean\"}, " + protocol.formatted(5) + "}");
        String joint = finished(service, """
                {"name": "joint", "method": {"name": "sequential_lora", "rank": 8},
                 "training": {"epochs": 30, "batch_size": 32}, %s}""".formatted(protocol.formatted(1)));

        assertThat(metric(service, joint, "final_accuracy") - metric(service, means, "final_accuracy"))
                .as("joint training above nearest class mean, points")
                .isGreaterThanOrEqualTo(10);
    }

    private ServiceProcess demo() throws InterruptedException {
        return ServiceProcess.start(home, "--spring.profiles.active=demo");
    }

    private static String awaitEnd(ServiceProcess service) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (true) {
            String printed = service.output();
            String own = printed.substring(Math.max(0, printed.lastIndexOf(":: Spring Boot ::")));
            if (own.contains(DONE)) {
                return own;
            }
            assertThat(own).doesNotContain("The demo could not go on");
            assertThat(System.nanoTime())
                    .as("the demo ends within %s, printed: %s", LIMIT, own)
                    .isLessThan(end);
            Thread.sleep(500);
        }
    }

    private static String finished(ServiceProcess service, String request) throws InterruptedException {
        String job = service.post("/experiments", request)
                .path("jobs")
                .path(0)
                .path("id")
                .stringValue();
        service.await("/jobs/" + job, LIMIT, "succeeded");
        return job;
    }

    private static String job(ServiceProcess service, String name) throws InterruptedException {
        for (JsonNode job : service.get("/jobs?limit=100").path("data")) {
            if (job.path("name").stringValue().startsWith(name)) {
                return job.path("id").stringValue();
            }
        }
        throw new AssertionError("no job of " + name);
    }

    /// The matrix as the demo should print it.
    private static List<String> lines(ServiceProcess service, String job) throws InterruptedException {
        JsonNode rows = service.get("/jobs/" + job + "/accuracy-matrix").path("accuracy");
        List<String> lines = new ArrayList<>();
        for (int k = 0; k < rows.size(); k++) {
            StringBuilder line = new StringBuilder("%10d ".formatted(k + 1));
            for (int j = 0; j <= k; j++) {
                line.append("%8.1f".formatted(rows.path(k).path(j).doubleValue()));
            }
            lines.add(line.toString());
        }
        return lines;
    }

    private static double metric(ServiceProcess service, String job, String name) throws InterruptedException {
        for (JsonNode metric : service.get("/jobs/" + job + "/cl-metrics").path("metrics")) {
            if (metric.path("name").stringValue().equals(name)) {
                return metric.path("value").doubleValue();
            }
        }
        throw new AssertionError("no metric " + name);
    }
}
