package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.ServiceProcess;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// The service is killed again and again; the job goes on by itself, and nobody can tell from the results.
@Tag("postgres")
@Tag("engine")
class KillIT {

    private static final int KILLS_ANYWHERE = 4;
    private static final int KILLS_WHILE_SAVING = 2;
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private static final String DATASET = """
            {"id": "drawn", "kind": "synthetic", "classes": 12, "train_per_class": 40, "test_per_class": 5,
             "image_size": 32, "seed": 3}""";
    private static final String BACKBONE = """
            {"id": "tiny", "location": "tiny.safetensors", "heads": 2}""";
    private static final String EXPERIMENT = """
            {"name": "to be killed", "dataset_id": "drawn", "backbone_id": "tiny",
             "split": {"kind": "equal_classes", "task_count": 4, "class_order": {"kind": "natural"}},
             "method": {"name": "lorac_ipc", "rank": 4, "alignment": {"centroids": 2, "epochs": 3},
                        "task_inference": {"clusters": 2}},
             "training": {"epochs": 30, "batch_size": 4},
             "checkpoints": {"keep": "all", "every_epochs": 1},
             "limits": {"max_failures": 10},
             "seeds": [5]}""";

    private static final String MANY_TEST_IMAGES = """
            {"id": "many", "kind": "synthetic", "classes": 8, "train_per_class": 5, "test_per_class": 1000,
             "image_size": 32, "seed": 3}""";
    private static final String NEAREST_MEAN = """
            {"dataset_id": "many", "backbone_id": "tiny",
             "split": {"kind": "equal_classes", "task_count": 2, "class_order": {"kind": "natural"}},
             "method": {"name": "nearest_class_mean"}}""";

    @TempDir
    Path folder;

    @Test
    void aKilledServiceGoesOnToTheSameBits() throws IOException, InterruptedException {
        long seed = System.nanoTime();
        System.out.printf("KillIT: seed %d%n", seed);
        Random random = new Random(seed);
        Path roots = Files.createDirectories(folder.resolve("import"));
        Files.write(roots.resolve("tiny.safetensors"), TinyInputs.weights(1));
        Result unbroken = unbroken(roots);

        Path home = folder.resolve("killed");
        String job;
        try (ServiceProcess first = start(home, roots)) {
            job = submit(first);
            killLater(first, job, 1, random);
        }
        for (int kill = 1; kill < KILLS_ANYWHERE; kill++) {
            try (ServiceProcess service = start(home, roots)) {
                killLater(service, job, kill + 1, random);
            }
        }
        for (int kill = 0; kill < KILLS_WHILE_SAVING; kill++) {
            try (ServiceProcess service = start(home, roots)) {
                killWhileSaving(service, job, KILLS_ANYWHERE + kill + 1, home.resolve("checkpoints"));
            }
        }

        try (ServiceProcess service = start(home, roots)) {
            service.await("/jobs/" + job, LIMIT, "succeeded");
            JsonNode attempts = service.get("/jobs/" + job + "/attempts").path("data");
            assertThat(attempts.size()).as("attempts %s", attempts).isEqualTo(KILLS_ANYWHERE + KILLS_WHILE_SAVING + 1);
            assertThat(attempts.path(0).path("end_reason").stringValue()).isEqualTo("worker_lost");
            assertThat(result(service, job)).as("seed %d", seed).isEqualTo(unbroken);
        }
    }

    @Test
    void evaluationsThatRunOrWaitAreDoneAgainAfterAKill() throws IOException, InterruptedException {
        Path roots = Files.createDirectories(folder.resolve("import"));
        Files.write(roots.resolve("tiny.safetensors"), TinyInputs.weights(1));
        Path home = folder.resolve("evaluations");
        String job;
        String running;
        String waiting;
        try (ServiceProcess service = start(home, roots)) {
            service.post("/datasets", MANY_TEST_IMAGES);
            service.post("/backbones", BACKBONE);
            service.await("/datasets/many", LIMIT, "ready");
            service.await("/backbones/tiny", LIMIT, "ready");
            job = service.post("/experiments", NEAREST_MEAN).at("/jobs/0/id").stringValue("");
            service.await("/jobs/" + job, LIMIT, "succeeded");
            String checkpoint = service.get("/jobs/" + job + "/checkpoints")
                    .at("/data/0/id")
                    .stringValue("");
            String path = "/checkpoints/" + checkpoint + "/evaluations";
            running = service.post(path, "{}").path("id").stringValue("");
            waiting = service.post(path, "{}").path("id").stringValue("");
            service.await("/evaluations/" + running, LIMIT, "running");
            service.kill();
        }

        try (ServiceProcess service = start(home, roots)) {
            JsonNode rows = service.get("/jobs/" + job + "/accuracy-matrix").path("correct");
            for (String id : List.of(running, waiting)) {
                JsonNode done = service.await("/evaluations/" + id, LIMIT, "succeeded");
                assertThat(done.path("correct")).isEqualTo(rows.get(rows.size() - 1));
            }
        }
    }

    /// Counts, and the digest of every tensor file by task.
    private record Result(String correct, Map<String, String> digests) {}

    private Result unbroken(Path roots) throws InterruptedException {
        try (ServiceProcess service = start(folder.resolve("unbroken"), roots)) {
            String job = submit(service);
            service.await("/jobs/" + job, LIMIT, "succeeded");
            return result(service, job);
        }
    }

    /// The roots are given as a README would, from the working folder up and down again.
    private static ServiceProcess start(Path home, Path roots) throws InterruptedException {
        Path upAndDown = Path.of("").toAbsolutePath().relativize(roots.toAbsolutePath());
        return ServiceProcess.start(
                home,
                "--palimpsest.storage.data-roots=" + upAndDown,
                "--palimpsest.engine.threads=1",
                "--logging.level.root=warn");
    }

    private static String submit(ServiceProcess service) throws InterruptedException {
        service.post("/datasets", DATASET);
        service.post("/backbones", BACKBONE);
        service.await("/datasets/drawn", LIMIT, "ready");
        service.await("/backbones/tiny", LIMIT, "ready");
        JsonNode experiment = service.post("/experiments", EXPERIMENT);
        return experiment.path("jobs").path(0).path("id").stringValue();
    }

    /// Kills at a random moment of an attempt.
    private static void killLater(ServiceProcess service, String job, int attempt, Random random)
            throws InterruptedException {
        awaitAttempt(service, job, attempt);
        Thread.sleep(random.nextInt(2000));
        assertUnfinished(service, job);
        service.kill();
    }

    private static void killWhileSaving(ServiceProcess service, String job, int attempt, Path checkpoints)
            throws IOException, InterruptedException {
        awaitAttempt(service, job, attempt);
        long end = System.nanoTime() + LIMIT.toNanos();
        while (!draft(checkpoints)) {
            assertThat(System.nanoTime())
                    .as("a checkpoint is saved within %s", LIMIT)
                    .isLessThan(end);
        }
        service.kill();
    }

    /// A service that has just started may still show the state in which the last one died.
    private static void awaitAttempt(ServiceProcess service, String job, int attempt) throws InterruptedException {
        long end = System.nanoTime() + LIMIT.toNanos();
        while (service.get("/jobs/" + job).path("attempts").intValue() < attempt) {
            assertThat(System.nanoTime())
                    .as("attempt %d starts within %s", attempt, LIMIT)
                    .isLessThan(end);
            Thread.sleep(50);
        }
        service.await("/jobs/" + job, LIMIT, "running");
    }

    private static boolean draft(Path checkpoints) throws IOException {
        try (Stream<Path> files = Files.walk(checkpoints, 3)) {
            return files.anyMatch(file -> String.valueOf(file.getFileName()).startsWith(".draft-"));
        } catch (UncheckedIOException moved) {
            return false;
        }
    }

    private static void assertUnfinished(ServiceProcess service, String job) throws InterruptedException {
        assertThat(service.get("/jobs/" + job).path("status").stringValue())
                .as("the job must still run when it is killed")
                .isEqualTo("running");
    }

    private static Result result(ServiceProcess service, String job) throws InterruptedException {
        Map<String, String> digests = new TreeMap<>();
        String path = "/jobs/" + job + "/checkpoints?limit=100&kind=task_end";
        for (JsonNode checkpoint : service.get(path).path("data")) {
            for (JsonNode file : checkpoint.path("files")) {
                String name = file.path("name").stringValue();
                if (name.endsWith(".safetensors")) {
                    digests.put(
                            checkpoint.path("task").intValue() + "/" + name,
                            file.path("sha256").stringValue());
                }
            }
        }
        String correct =
                service.get("/jobs/" + job + "/accuracy-matrix").path("correct").toString();
        return new Result(correct, digests);
    }
}
