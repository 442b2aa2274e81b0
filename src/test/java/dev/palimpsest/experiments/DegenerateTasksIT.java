package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// Tasks of one class, classes of one image, parts without images: what the plan says of them and what the results
/// answer.
@ServiceTest
@Tag("engine")
class DegenerateTasksIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path ROOT = Path.of("target/test-home/import");

    /// Training images of each class, two test images each.
    private static final int[] TRAIN = {1, 2, 12, 12, 10, 10};

    private static final String LORAC_IPC = """
            {"name": "lorac_ipc", "rank": 2, "freeze_fraction": 0.2, "alignment": null, "task_inference": null}""";

    @LocalServerPort
    int port;

    private Api api = new Api(0);

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        if (api.get("/datasets/uneven").status() == 404) {
            Files.createDirectories(ROOT);
            Files.write(ROOT.resolve("uneven.safetensors"), TinyInputs.weights(51));
            Files.write(ROOT.resolve("uneven.zip"), TinyInputs.zip(pictures()));
            api.post("/backbones", Api.json("{\"id\": \"uneven_vit\", \"location\": \"uneven.safetensors\"}"));
            api.post("/datasets", Api.json("{\"id\": \"uneven\", \"location\": \"uneven.zip\"}"));
        }
        api.awaitStatus("/backbones/uneven_vit", Set.of("ready"), SOON);
        api.awaitStatus("/datasets/uneven", Set.of("ready"), SOON);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    private static Map<String, byte[]> pictures() {
        Map<String, byte[]> all = TinyInputs.entries(TRAIN.length, 12, 2, 52);
        Map<String, byte[]> kept = new LinkedHashMap<>();
        all.forEach((name, picture) -> {
            String[] parts = name.split("/", -1);
            int label = Integer.parseInt(parts[1].substring("class_".length()));
            int number = Integer.parseInt(parts[2].substring(0, parts[2].indexOf('.')));
            if (parts[0].equals("test") || number < TRAIN[label]) {
                kept.put(name, picture);
            }
        });
        return kept;
    }

    private static String explicit(int[]... tasks) {
        StringBuilder text = new StringBuilder("{\"kind\": \"explicit\", \"tasks\": [");
        for (int t = 0; t < tasks.length; t++) {
            text.append(t == 0 ? "" : ", ").append("{\"classes\": [");
            for (int c = 0; c < tasks[t].length; c++) {
                text.append(c == 0 ? "" : ", ")
                        .append("\"class_")
                        .append(tasks[t][c])
                        .append('"');
            }
            text.append("]}");
        }
        return text.append("]}").toString();
    }

    private static JsonNode request(String method, String split, String more) {
        return Api.json("""
                {"dataset_id": "uneven", "backbone_id": "uneven_vit", "method": %s, "split": %s%s}""".formatted(method, split, more));
    }

    private String learn(String method, String split, String more) {
        Answer created = api.post("/experiments", request(method, split, more));
        assertThat(created.status()).as(created.details()).isEqualTo(201);
        String job = "/jobs/" + created.body().at("/jobs/0/id").stringValue("");
        api.awaitStatus(job, Set.of("succeeded"), SOON);
        return job;
    }

    private List<String> warned(String method, String split, String more) {
        Answer plan = api.post("/plans", request(method, split, more));
        assertThat(plan.status()).as(plan.details()).isEqualTo(200);
        return StreamSupport.stream(plan.body().path("warnings").spliterator(), false)
                .map(one -> one.path("code").stringValue("") + " "
                        + one.path("detail").stringValue(""))
                .toList();
    }

    /// One class, one image a task; then everything is protected, and the rank falls to nothing.
    @Test
    void aMemoryThatLeavesNothingFreeLowersTheRankAndSaysSo() {
        String method = """
                {"name": "inflora", "rank": 4, "memory": "plain", "energy_threshold_start": 1.0, "alignment": {"epochs": 1}}""";

        String job = learn(
                method, explicit(new int[] {0}, new int[] {1}, new int[] {2, 3}), ", \"training\": {\"epochs\": 1}");

        List<JsonNode> warnings = StreamSupport.stream(
                        api.get(job + "/events?limit=100").body().path("data").spliterator(), false)
                .filter(event -> event.path("type").stringValue("").equals("warning.raised"))
                .toList();
        assertThat(warnings).isNotEmpty().allSatisfy(event -> {
            assertThat(event.path("level").stringValue("")).isEqualTo("warning");
            assertThat(event.at("/data/code").stringValue("")).isEqualTo("rank_lowered");
            assertThat(event.at("/data/param").stringValue("")).isEqualTo("method.rank");
            assertThat(event.path("message").stringValue("")).contains("fewer than 4 directions");
        });
    }

    private static String name(String method) {
        return "{\"name\": \"%s\"}".formatted(method);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "{\"name\": \"lorac_ipc\"}",
                "{\"name\": \"sequential_lora\"}",
                "{\"name\": \"incremental_lora\"}",
                "{\"name\": \"full_fine_tuning\"}"
            })
    void aTaskOfOneClassIsWarnedOfWhereOnlyItsOwnClassesCount(String method) {
        assertThat(warned(method, explicit(new int[] {2, 3}, new int[] {4}, new int[] {5}), ""))
                .filteredOn(one -> one.startsWith("one_class_task"))
                .singleElement()
                .asString()
                .contains("2 tasks ('task 2', 'task 3')");
        assertThat(warned(method, "{\"kind\": \"equal_classes\", \"task_count\": 6}", ""))
                .anyMatch(one -> one.startsWith("one_class_task") && one.contains("6 tasks") && one.contains("..."));
        assertThat(warned(method, "{\"kind\": \"equal_classes\", \"task_count\": 2, \"first_task_classes\": 1}", ""))
                .anyMatch(one -> one.startsWith("one_class_task") && one.contains("task 'task 1'"));
        assertThat(warned(method, "{\"kind\": \"equal_classes\", \"task_count\": 3}", ""))
                .noneMatch(one -> one.startsWith("one_class_task"));
    }

    @Test
    void whereAllSeenClassesCountOnlyTheFirstTaskCanBeOfOneClass() {
        String seen = "{\"name\": \"sequential_lora\", \"class_scope\": \"seen\"}";

        assertThat(warned(seen, "{\"kind\": \"equal_classes\", \"task_count\": 6}", ""))
                .anyMatch(one -> one.startsWith("one_class_task") && one.contains("task 'task 1' runs"));
        assertThat(warned(seen, explicit(new int[] {2, 3}, new int[] {4}), ""))
                .noneMatch(one -> one.startsWith("one_class_task"));
        assertThat(warned(name("nearest_class_mean"), "{\"kind\": \"equal_classes\", \"task_count\": 6}", ""))
                .noneMatch(one -> one.startsWith("one_class_task"));
    }

    @Test
    void oneImageIsWarnedOfWhereItsSpreadIsKeptAndWhereItIsTheWholeTask() {
        String split = explicit(new int[] {2, 3}, new int[] {0});

        assertThat(warned(name("lorac_ipc"), split, ""))
                .anyMatch(one -> one.startsWith("one_image_class") && one.contains("class 'class_0'"))
                .anyMatch(one -> one.startsWith("one_image_task") && one.contains("task 'task 2'"));
        assertThat(warned(name("sequential_lora"), split, "")).noneMatch(one -> one.startsWith("one_image_class"));
        assertThat(warned(
                        name("lorac_ipc"),
                        explicit(new int[] {1, 2}),
                        ", \"evaluation\": {\"validation_fraction\": 0.5}"))
                .as("the other image is kept away")
                .anyMatch(one -> one.startsWith("one_image_class") && one.contains("'class_1'"));
        assertThat(warned(name("lorac_ipc"), explicit(new int[] {2, 3}), ""))
                .noneMatch(one -> one.startsWith("one_image"));
    }

    @Test
    void afterATaskOfOneClassTheMatricesAreStillFree() {
        String job = learn(
                LORAC_IPC,
                explicit(new int[] {2}, new int[] {3, 4}, new int[] {5, 1}),
                ", \"training\": {\"epochs\": 2, \"batch_size\": 4}");

        JsonNode points =
                api.get(job + "/metrics?name=method.frozen_sites").body().at("/series/0/points");
        List<Double> frozen = StreamSupport.stream(points.spliterator(), false)
                .map(point -> point.path("value").doubleValue())
                .toList();
        assertThat(frozen)
                .as("two of twelve after each task that teaches something")
                .containsExactly(0.0, 2.0, 4.0);
    }

    @ParameterizedTest
    @CsvSource({"first, 1, 2", "last, 2, 1"})
    void aValidationColumnWithoutImagesIsNotMeasuredAndTheOthersAre(String place, int empty, int full)
            throws IOException, InterruptedException {
        int[] few = {0, 1};
        int[] many = {2, 3};
        String split = empty == 1 ? explicit(few, many) : explicit(many, few);
        String more = ", \"evaluation\": {\"validation_fraction\": 0.25}";

        assertThat(warned(name("nearest_class_mean"), split, more))
                .as(place)
                .filteredOn(one -> one.startsWith("no_validation_images"))
                .singleElement()
                .asString()
                .contains("2 classes ('class_0', 'class_1')", "Task 'task %d' cannot be measured".formatted(empty));
        String job = learn(name("nearest_class_mean"), split, more);

        JsonNode matrix = api.get(job + "/accuracy-matrix?data=validation").body();
        assertThat(matrix.path("data").stringValue("")).isEqualTo("validation");
        assertThat(matrix.path("tasks_learned").intValue()).isEqualTo(2);
        assertThat(matrix.path("test_images").get(empty - 1).intValue()).isZero();
        assertThat(matrix.path("test_images").get(full - 1).intValue()).isEqualTo(6);
        assertThat(matrix.path("correct").get(1).get(empty - 1).isNull()).isTrue();
        assertThat(matrix.path("correct").get(1).get(full - 1).isInt()).isTrue();
        Answer metrics = api.get(job + "/cl-metrics?data=validation&variants=true");
        assertThat(metrics.status()).isEqualTo(200);
        JsonNode average = metrics.body().at("/metrics/0");
        assertThat(average.get("value").isNull()).isTrue();
        assertThat(average.path("null_reason").stringValue("")).isEqualTo("not_measured");
        assertThat(average.path("missing").toString()).contains("[2," + empty + "]");
        String experiment = api.get(job).body().path("experiment_id").stringValue("");
        Answer summary = api.get("/experiments/" + experiment + "/summary?data=validation");
        assertThat(summary.status()).isEqualTo(200);
        assertThat(summary.body().at("/points/0/metrics/0/n").intValue()).isZero();
        assertThat(table(job))
                .hasSize(empty == 1 ? 2 : 3)
                .allSatisfy(line -> assertThat(line).doesNotContain("null"));
        assertThat(api.get(job + "/cl-metrics").body().at("/metrics/0/value").isNumber())
                .isTrue();
    }

    private List<String> table(String job) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + port + "/api/v1" + job + "/accuracy-matrix?data=validation"))
                .header("Accept", "text/csv")
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            var answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            return answer.body().lines().toList();
        }
    }

    @Test
    void aRunWithValidationImagesEverywhereHasAllItsNumbersTwice() {
        String job = learn(
                "{\"name\": \"sequential_lora\", \"rank\": 2}",
                explicit(new int[] {2, 3}, new int[] {4, 5}),
                ", \"training\": {\"epochs\": 1, \"batch_size\": 6}, \"evaluation\": {\"validation_fraction\": 0.25}");

        for (String data : List.of("test", "validation")) {
            JsonNode matrix = api.get(job + "/accuracy-matrix?data=" + data).body();
            assertThat(matrix.path("test_images").toString()).isEqualTo(data.equals("test") ? "[4,4]" : "[6,4]");
            assertThat(matrix.at("/correct/1/0").isInt()).isTrue();
            JsonNode metrics = api.get(job + "/cl-metrics?data=" + data).body();
            assertThat(metrics.at("/metrics/0/value").isNumber()).as(data).isTrue();
            assertThat(metrics.path("data").stringValue("")).isEqualTo(data);
        }
        JsonNode tasks = api.get(job + "/tasks").body().path("data");
        assertThat(tasks.get(0).path("train_images").intValue()).isEqualTo(18);
        assertThat(tasks.get(0).path("validation_images").intValue()).isEqualTo(6);
    }

    @Test
    void aFractionThatKeepsNoImageAtAllIsRefused() {
        Answer refused = api.post(
                "/plans",
                request(
                        name("nearest_class_mean"),
                        explicit(new int[] {4}, new int[] {5, 0}),
                        ", \"evaluation\": {\"validation_fraction\": 0.05}"));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.codes()).containsExactly("empty_validation_set evaluation.validation_fraction");
        assertThat(refused.details()).contains("at least 1/10");
    }

    /// Finite weights whose products are not: registered, and of no use.
    @Test
    void featuresThatOverflowEndTheJobInsteadOfCounting() throws IOException {
        TensorBundle good = TinyInputs.bundle(53);
        TensorBundle huge = new TensorBundle();
        for (String name : good.names()) {
            float[] values = good.get(name).floats().clone();
            if (name.equals("norm.weight")) {
                Arrays.fill(values, Float.MAX_VALUE);
            }
            huge.put(name, HostTensor.ofFloats(values, good.get(name).shape()));
        }
        Files.write(ROOT.resolve("huge.safetensors"), TinyInputs.file(huge));
        api.post("/backbones", Api.json("{\"id\": \"huge_vit\", \"location\": \"huge.safetensors\"}"));
        api.awaitStatus("/backbones/huge_vit", Set.of("ready"), SOON);

        Answer created = api.post("/experiments", Api.json("""
                {"dataset_id": "uneven", "backbone_id": "huge_vit", "method": {"name": "nearest_class_mean"},
                 "split": {"kind": "equal_classes", "task_count": 3}}"""));
        String job = "/jobs/" + created.body().at("/jobs/0/id").stringValue("");
        JsonNode failed = api.awaitStatus(job, Set.of("failed"), SOON);

        assertThat(failed.path("status_reason").stringValue("")).isEqualTo("non_finite_features");
        assertThat(failed.path("status_message").stringValue("")).contains("images are not finite");
        assertThat(failed.path("attempts").intValue()).isOne();
        assertThat(api.get(job + "/accuracy-matrix")
                        .body()
                        .path("tasks_learned")
                        .intValue())
                .isZero();
    }
}
