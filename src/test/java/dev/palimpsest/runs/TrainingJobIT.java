package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// From a POST to a row of the matrix, and what ends a job before that.
@ServiceTest
@Tag("engine")
class TrainingJobIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path ROOT = Path.of("target/test-home/import");

    @LocalServerPort
    int port;

    private Api api = new Api(0);

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        Files.createDirectories(ROOT);
        Files.write(ROOT.resolve("runs.safetensors"), TinyInputs.weights(20));
        api.post("/backbones", Api.json("{\"id\": \"runs_vit\", \"location\": \"runs.safetensors\"}"));
        api.post("/datasets", Api.json("""
                        {"kind": "synthetic", "id": "runs_shapes", "classes": 4, "train_per_class": 6,
                         "test_per_class": 3, "image_size": 32, "seed": 5,
                         "default_split": {"kind": "equal_classes", "task_count": 2}}"""));
        api.awaitStatus("/backbones/runs_vit", Set.of("ready"), SOON);
        api.awaitStatus("/datasets/runs_shapes", Set.of("ready"), SOON);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    private String submit(String dataset, String method, String more) {
        Answer created = api.post("/experiments", Api.json("""
                        {"dataset_id": "%s", "backbone_id": "runs_vit", "method": %s,
                         "split": {"kind": "equal_classes", "task_count": 2}%s}""".formatted(dataset, method, more)));
        assertThat(created.status()).as(created.details()).isEqualTo(201);
        return "/jobs/" + created.body().at("/jobs/0/id").stringValue("");
    }

    @Test
    void loracIpcLearnsTaskAfterTaskAndLeavesARecord() {
        String job = submit(
                "runs_shapes", """
                {"name": "lorac_ipc", "rank": 2, "alignment": {"epochs": 2, "centroids": 2, "samples_per_step": 8},
                 "task_inference": {"clusters": 2}}""", ", \"precision\": \"auto\", \"training\": {\"epochs\": 1, \"batch_size\": 4}");

        JsonNode done = api.awaitStatus(job, Set.of("succeeded"), SOON);
        JsonNode record = api.get(job + "/record").body();

        assertThat(done.path("precision").stringValue("")).isIn("fp32", "bf16");
        assertThat(done.at("/progress/percent").doubleValue()).isEqualTo(100);
        assertThat(record.at("/request/precision")).isEqualTo(done.path("precision"));
        assertThat(record.at("/inputs/program_sha256").stringValue("")).hasSize(64);
        assertThat(record.at("/environments/0/attempt").intValue()).isEqualTo(1);
        assertThat(record.at("/environments/0/kernels").stringValue("")).isNotEmpty();
        assertThat(api.get(job + "/accuracy-matrix").status()).isEqualTo(200);
        assertThat(api.get(job + "/checkpoints").body().path("data")).isNotEmpty();
    }

    @Test
    void aMethodWithoutTrainingRunsToo() {
        String job = submit("runs_shapes", "{\"name\": \"nearest_class_mean\"}", "");

        api.awaitStatus(job, Set.of("succeeded"), SOON);
        JsonNode attempts = api.get(job + "/attempts").body();
        assertThat(attempts.at("/data/0/peak_host_bytes").longValue(0)).isPositive();
    }

    @Test
    void aDataSetThatHasChangedEndsTheJobAndIsUnavailableFromThenOn() throws IOException {
        Path zip = ROOT.resolve("changing.zip");
        Files.write(zip, TinyInputs.pictures(4, 2, 1, 30));
        api.post("/datasets", Api.json("{\"id\": \"changing\", \"location\": \"changing.zip\"}"));
        api.awaitStatus("/datasets/changing", Set.of("ready"), SOON);
        Files.write(zip, TinyInputs.pictures(4, 3, 1, 31));

        String job = submit("changing", "{\"name\": \"nearest_class_mean\"}", "");
        JsonNode failed = api.awaitStatus(job, Set.of("failed"), SOON);

        assertThat(failed.path("status_reason").stringValue("")).isEqualTo("dataset_unavailable");
        assertThat(api.get("/datasets/changing").body().path("status").stringValue(""))
                .isEqualTo("unavailable");
    }

    /// After a single step there is no later loss to tell of it, and behind no softmax of the attention every
    /// loss stays finite.
    @ParameterizedTest(name = "{0}, sites {1}, {2} epochs of {3} images a step")
    @CsvSource({
        "adam, q v out fc2, 20, 4",
        "sgd,  q v out fc2, 20, 4",
        "sgd,  fc2,         20, 4",
        "sgd,  out fc1,     1,  64",
        "adam, fc2,         1,  64"
    })
    void aRunThatDivergesEndsTheJob(String optimizer, String sites, int epochs, int batch) {
        String job = submit(
                "runs_shapes",
                "{\"name\": \"sequential_lora\", \"rank\": 2, \"sites\": [\"%s\"]}"
                        .formatted(sites.replace(" ", "\", \"")),
                """
                , "training": {"epochs": %d, "batch_size": %d, "clip_norm": null,
                               "optimizer": {"name": "%s", "learning_rate": 1e30, "head_learning_rate": 0.01}}""".formatted(epochs, batch, optimizer));

        JsonNode failed = api.awaitStatus(job, Set.of("failed", "succeeded"), SOON);

        assertThat(failed.path("status_reason").stringValue("")).isEqualTo("non_finite_loss");
    }

    @Test
    void alignmentTakesFewerImagesThanClusters() {
        String job = submit("runs_shapes", """
                {"name": "sequential_lora", "rank": 2, "alignment": {"centroids": 50, "epochs": 1}}""", """
                , "training": {"epochs": 1, "batch_size": 4}""");

        api.awaitStatus(job, Set.of("succeeded"), SOON);
    }

    @Test
    void anAlignmentThatDivergesEndsTheJobAndTheTaskBeforeIsKept() {
        String job = submit("runs_shapes", """
                {"name": "sequential_lora", "rank": 2,
                 "alignment": {"statistics": "variance", "epochs": 1, "learning_rate": 1e30, "samples_per_step": 64}}""", """
                , "training": {"epochs": 1, "batch_size": 4}""");

        JsonNode failed = api.awaitStatus(job, Set.of("failed", "succeeded"), SOON);

        assertThat(failed.path("status_reason").stringValue("")).isEqualTo("non_finite_loss");
        assertThat(api.get(job + "/checkpoints").body().at("/data/0/kind").stringValue(""))
                .isEqualTo("task_end");
        assertThat(api.get(job + "/checkpoints").body().at("/data/0/task").intValue())
                .isEqualTo(1);
    }
}
