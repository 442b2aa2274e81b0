package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// Tests about a run that was learned once for all of them.
abstract class EvaluatedRun {

    static final Duration SOON = Duration.ofSeconds(60);
    private static final Path ROOT = Path.of("target/test-home/import");

    /// One run for all test classes: its matrix and its checkpoints, oldest first.
    private static @Nullable Run run;

    @LocalServerPort
    int port;

    Api api = new Api(0);

    record Run(String job, JsonNode matrix, List<String> checkpoints) {}

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        if (run == null) {
            Files.createDirectories(ROOT);
            Files.write(ROOT.resolve("scored.safetensors"), TinyInputs.weights(21));
            api.post("/backbones", Api.json("{\"id\": \"scored_vit\", \"location\": \"scored.safetensors\"}"));
            synthetic("scored_shapes", 4, 6);
            api.awaitStatus("/backbones/scored_vit", Set.of("ready"), SOON);
            run = learn("""
                    {"name": "lorac_ipc", "rank": 2, "alignment": {"epochs": 2, "centroids": 2, "samples_per_step": 8},
                     "task_inference": {"clusters": 2}}""", ", \"training\": {\"epochs\": 2, \"batch_size\": 4}");
        }
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    final void synthetic(String id, int classes, int test) {
        api.post("/datasets", Api.json("""
                        {"kind": "synthetic", "id": "%s", "classes": %d, "train_per_class": 6, "test_per_class": %d,
                         "image_size": 32, "seed": 5,
                         "default_split": {"kind": "equal_classes", "task_count": 2}}""".formatted(id, classes, test)));
        api.awaitStatus("/datasets/" + id, Set.of("ready"), SOON);
    }

    final Run learn(String method, String more) {
        Answer created = api.post("/experiments", Api.json("""
                        {"dataset_id": "scored_shapes", "backbone_id": "scored_vit", "method": %s,
                         "split": {"kind": "equal_classes", "task_count": 2}%s}""".formatted(method, more)));
        assertThat(created.status()).as(created.details()).isEqualTo(201);
        String job = "/jobs/" + created.body().at("/jobs/0/id").stringValue("");
        api.awaitStatus(job, Set.of("succeeded"), SOON);
        List<String> ids = new ArrayList<>();
        api.get(job + "/checkpoints?order=asc&kind=task_end")
                .body()
                .path("data")
                .forEach(checkpoint -> ids.add(checkpoint.path("id").stringValue("")));
        return new Run(job, api.get(job + "/accuracy-matrix").body(), ids);
    }

    static Run run() {
        if (run == null) {
            throw new IllegalStateException("there is no run");
        }
        return run;
    }

    final Answer ask(String checkpoint, String body) {
        return api.post("/checkpoints/" + checkpoint + "/evaluations", Api.json(body));
    }
}
