package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import tools.jackson.databind.JsonNode;

/// Checkpoints to be merged: small models of a part of the classes of one data set, each trained once.
final class MergeSources {

    static final Duration SOON = Duration.ofSeconds(60);
    static final long BACKBONE_SEED = 33;
    static final DatasetSpec.Synthetic SPEC = new DatasetSpec.Synthetic(6, 6, 5, 32, 5);
    static final String LORA = "{\"name\": \"sequential_lora\", \"rank\": 2, \"sites\": [\"q\", \"v\"]}";

    private static final Path ROOT = Path.of("target/test-home/import");

    /// Checkpoints by what makes them.
    private static final Map<String, String> TRAINED = new ConcurrentHashMap<>();

    private final Api api;

    MergeSources(Api api) throws IOException {
        this.api = api;
        Files.createDirectories(ROOT);
        backbone("merged_vit", BACKBONE_SEED);
        dataset("merged_shapes", SPEC.seed());
    }

    void backbone(String id, long seed) throws IOException {
        if (api.get("/backbones/" + id).status() == 404) {
            Files.write(ROOT.resolve(id + ".safetensors"), TinyInputs.weights(seed));
            api.post("/backbones", Api.json("{\"id\": \"%s\", \"location\": \"%s.safetensors\"}".formatted(id, id)));
        }
        api.awaitStatus("/backbones/" + id, Set.of("ready"), SOON);
    }

    void dataset(String id, long seed) {
        if (api.get("/datasets/" + id).status() == 404) {
            api.post("/datasets", Api.json("""
                            {"kind": "synthetic", "id": "%s", "classes": 6, "train_per_class": 6, "test_per_class": 5,
                             "image_size": 32, "seed": %d}""".formatted(id, seed)));
        }
        api.awaitStatus("/datasets/" + id, Set.of("ready"), SOON);
    }

    /// Two groups of two classes each.
    void domains(String id) throws IOException {
        if (api.get("/datasets/" + id).status() == 404) {
            Map<String, byte[]> entries = new LinkedHashMap<>();
            for (String group : List.of("photo", "sketch")) {
                TinyInputs.entries(2, 4, 2, group.length())
                        .forEach((name, picture) -> entries.put(group + "/" + name, picture));
            }
            Files.write(ROOT.resolve(id + ".zip"), TinyInputs.zip(entries));
            api.post(
                    "/datasets",
                    Api.json("{\"id\": \"%s\", \"location\": \"%s.zip\", \"layout\": \"group/split/class\"}"
                            .formatted(id, id)));
        }
        api.awaitStatus("/datasets/" + id, Set.of("ready"), SOON);
    }

    static List<String> labels() {
        try (Dataset dataset = SPEC.open()) {
            return dataset.labels();
        }
    }

    /// The last finished checkpoint of an experiment.
    String trained(String request) {
        return TRAINED.computeIfAbsent(request, _ -> {
            Answer created = api.post("/experiments", Api.json(request));
            assertThat(created.status()).as(created.body().toString()).isEqualTo(201);
            String job = "/jobs/" + created.body().at("/jobs/0/id").stringValue("");
            api.awaitStatus(job, Set.of("succeeded"), SOON);
            return api.get(job + "/checkpoints?kind=task_end")
                    .body()
                    .at("/data/0/id")
                    .stringValue("");
        });
    }

    static String request(String method, String dataset, String backbone, String split, String more) {
        String training = method.contains("nearest") ? "" : ", \"training\": {\"epochs\": 2, \"batch_size\": 4}";
        return """
                {"dataset_id": "%s", "backbone_id": "%s", "method": %s, "split": %s%s%s}""".formatted(dataset, backbone, method, split, training, more);
    }

    static String split(int first, int count) {
        return "{\"kind\": \"explicit\", \"tasks\": [{\"name\": \"from %d\", \"classes\": [%s]}]}"
                .formatted(
                        first,
                        String.join(
                                ", ",
                                labels().subList(first, first + count).stream()
                                        .map(label -> '"' + label + '"')
                                        .toList()));
    }

    String part(int first) {
        return part(LORA, first, "");
    }

    String part(String method, int first, String more) {
        return trained(request(method, "merged_shapes", "merged_vit", split(first, 2), more));
    }

    Answer ask(List<String> checkpoints, String rule, String more) {
        List<String> sources = checkpoints.stream()
                .map(id -> "{\"checkpoint_id\": \"%s\"}".formatted(id))
                .toList();
        return api.post(
                "/merges",
                Api.json("{\"sources\": [%s], \"merge\": %s%s}".formatted(String.join(", ", sources), rule, more)));
    }

    JsonNode merged(List<String> checkpoints, String rule, String more) {
        Answer asked = ask(checkpoints, rule, more);
        assertThat(asked.status()).as(asked.body().toString()).isEqualTo(202);
        assertThat(asked.location())
                .isEqualTo("/api/v1/merges/" + asked.body().path("id").stringValue(""));
        return api.awaitStatus(asked.location().substring("/api/v1".length()), Set.of("succeeded"), SOON);
    }

    JsonNode evaluation(String checkpoint) {
        String id = api.post("/checkpoints/" + checkpoint + "/evaluations", "{}")
                .body()
                .path("id")
                .stringValue("");
        return api.awaitStatus("/evaluations/" + id, Set.of("succeeded"), SOON);
    }
}
