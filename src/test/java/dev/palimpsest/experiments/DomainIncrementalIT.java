package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// Grouped pictures as tasks, with labels that tasks share and with labels of their own, from a POST to the
/// metrics.
@ServiceTest
@Tag("engine")
class DomainIncrementalIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path ROOT = Path.of("target/test-home/import");
    private static final List<String> GROUPS = List.of("photo", "sketch");
    private static final String LORAC_IPC = """
            {"name": "lorac_ipc", "rank": 2, "alignment": {"epochs": 1, "centroids": 2, "samples_per_step": 8},
             "task_inference": {"clusters": 2}}""";
    private static final List<String> NAMES_OF_TASKS =
            List.of("task_id_accuracy", "task_id_accuracy_micro", "task_known_accuracy", "task_known_accuracy_micro");

    @LocalServerPort
    int port;

    private Api api = new Api(0);

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        if (api.get("/datasets/domains").status() == 404) {
            Files.createDirectories(ROOT);
            Files.write(ROOT.resolve("domains.safetensors"), TinyInputs.weights(31));
            Files.write(ROOT.resolve("domains.zip"), TinyInputs.zip(pictures()));
            api.post("/backbones", Api.json("{\"id\": \"domains_vit\", \"location\": \"domains.safetensors\"}"));
            api.post(
                    "/datasets",
                    Api.json(
                            "{\"id\": \"domains\", \"location\": \"domains.zip\", \"layout\": \"group/split/class\"}"));
        }
        api.awaitStatus("/backbones/domains_vit", Set.of("ready"), SOON);
        api.awaitStatus("/datasets/domains", Set.of("ready"), SOON);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    /// Two groups of three classes, six pictures to train on and four to test with.
    private static Map<String, byte[]> pictures() {
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (int group = 0; group < GROUPS.size(); group++) {
            String folder = GROUPS.get(group) + "/";
            TinyInputs.entries(3, 6, 4, 40 + group).forEach((name, picture) -> entries.put(folder + name, picture));
        }
        return entries;
    }

    private static JsonNode request(String dataset, String method, String split, String more) {
        return Api.json("""
                {"dataset_id": "%s", "backbone_id": "domains_vit", "method": %s, "split": %s%s}""".formatted(dataset, method, split, more));
    }

    private String learn(String method, String split, String more) {
        return learn("domains", method, split, more);
    }

    private String learn(String dataset, String method, String split, String more) {
        Answer created = api.post("/experiments", request(dataset, method, split, more));
        assertThat(created.status()).as(created.details()).isEqualTo(201);
        String job = "/jobs/" + created.body().at("/jobs/0/id").stringValue("");
        api.awaitStatus(job, Set.of("succeeded"), SOON);
        return job;
    }

    private static String groups(boolean shared) {
        return "{\"kind\": \"groups\", \"shared_labels\": %s}".formatted(shared);
    }

    private static String onlyGroup() {
        return "{\"kind\": \"groups\", \"shared_labels\": true, \"order\": [\"sketch\"]}";
    }

    private JsonNode firstCheckpointMeasuredAgain(String job) {
        String checkpoint = api.get(job + "/checkpoints?order=asc&kind=task_end")
                .body()
                .at("/data/0/id")
                .stringValue("");
        Answer asked = api.post("/checkpoints/" + checkpoint + "/evaluations", Api.json("{}"));
        return api.awaitStatus("/evaluations/" + asked.body().path("id").stringValue(""), Set.of("succeeded"), SOON);
    }

    private static JsonNode metric(JsonNode metrics, String name) {
        for (JsonNode metric : metrics) {
            if (metric.path("name").stringValue("").equals(name)) {
                return metric;
            }
        }
        throw new AssertionError("no metric " + name);
    }

    private static void assertNoClassNamesATask(JsonNode metrics) {
        assertThat(NAMES_OF_TASKS).allSatisfy(name -> {
            assertThat(metric(metrics, name).get("value").isNull()).isTrue();
            assertThat(metric(metrics, name).path("null_reason").stringValue(""))
                    .isEqualTo("labels_shared");
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {LORAC_IPC, "{\"name\": \"sequential_lora\", \"rank\": 2}"})
    void sharedLabelsNameNoTaskInAnyNumberOfTheJob(String method) {
        String job = learn(method, groups(true), ", \"training\": {\"epochs\": 1, \"batch_size\": 6}");

        JsonNode matrix = api.get(job + "/accuracy-matrix").body();
        assertThat(matrix.path("test_images").toString()).isEqualTo("[12,12]");
        assertThat(api.get(job).body().path("scenario").stringValue("")).isEqualTo("domain_incremental");
        assertNoClassNamesATask(api.get(job + "/cl-metrics").body().path("metrics"));
        for (String measure : List.of("task_known", "task_id")) {
            JsonNode counts =
                    api.get(job + "/accuracy-matrix?measure=" + measure).body();
            assertThat(counts.path("tasks_learned").intValue()).as(measure).isZero();
            JsonNode metrics =
                    api.get(job + "/cl-metrics?measure=" + measure).body().path("metrics");
            assertThat(metric(metrics, "final_accuracy").path("null_reason").stringValue(""))
                    .isEqualTo("labels_shared");
        }
        assertPredictionsNameNoTask(job, matrix.path("correct").get(1), method.equals(LORAC_IPC));
        JsonNode again = firstCheckpointMeasuredAgain(job);
        assertThat(again.path("correct").get(0))
                .isEqualTo(matrix.path("correct").get(0).get(0));
        assertNoClassNamesATask(again.path("metrics"));
    }

    private void assertPredictionsNameNoTask(String job, JsonNode counts, boolean infers) {
        int[] correct = new int[2];
        JsonNode images =
                api.get(job + "/predictions?after_task=2&limit=100").body().path("data");
        assertThat(images).hasSize(24).allSatisfy(image -> {
            assertThat(image.get("predicted_task").isNull()).isTrue();
            assertThat(image.get("inferred_task").isNull()).isEqualTo(!infers);
            assertThat(image.path("predicted_class_index").intValue()).isBetween(0, 2);
            assertThat(image.path("predicted_label").stringValue("")).startsWith("class_");
        });
        images.forEach(image -> correct[image.path("task").intValue() - 1] +=
                image.path("correct").booleanValue() ? 1 : 0);
        assertThat(counts.toString()).isEqualTo("[%d,%d]".formatted(correct[0], correct[1]));
        JsonNode confusion = api.get(job + "/task-confusion").body();
        assertThat(confusion.get("predicted").isNull()).isTrue();
        assertThat(confusion.get("correct").isNull()).isTrue();
        assertThat(confusion.path("null_reason").stringValue("")).isEqualTo("labels_shared");
        assertThat(confusion.get("inferred").isNull()).isEqualTo(!infers);
        assertThat(api.get(job + "/classes?limit=100").body().path("data")).hasSize(6);
        assertThat(api.get(job + "/flips").body().at("/total/images").intValue())
                .isEqualTo(12);
    }

    @Test
    void aSingleDomainSharesItsLabelsToo() {
        String job =
                learn("{\"name\": \"sequential_lora\", \"rank\": 2}", onlyGroup(), ", \"training\": {\"epochs\": 1}");

        assertNoClassNamesATask(api.get(job + "/cl-metrics").body().path("metrics"));
        assertNoClassNamesATask(firstCheckpointMeasuredAgain(job).path("metrics"));
    }

    @Test
    void groupsWithLabelsOfTheirOwnAreTasksThatClassesName() {
        String job = learn("{\"name\": \"nearest_class_mean\"}", groups(false), "");

        JsonNode tasks = api.get(job + "/tasks").body().path("data");
        assertThat(tasks.get(1).path("name").stringValue("")).isEqualTo("sketch");
        assertThat(tasks.get(1).path("classes").toString())
                .isEqualTo("[\"sketch/class_0\",\"sketch/class_1\",\"sketch/class_2\"]");
        assertThat(tasks.get(1).path("class_indices").toString()).isEqualTo("[3,4,5]");
        JsonNode metrics = api.get(job + "/cl-metrics").body().path("metrics");
        JsonNode first = firstCheckpointMeasuredAgain(job);
        assertThat(metric(metrics, "task_id_accuracy").get("value").isNumber()).isTrue();
        assertThat(metric(first.path("metrics"), "task_id_accuracy")
                        .path("value")
                        .doubleValue())
                .as("a single task is every image's")
                .isEqualTo(100);
    }

    @Test
    void classMeansOfDomainsAreThoseOfAllTheirImages() throws IOException {
        if (api.get("/datasets/domains_at_once").status() == 404) {
            Map<String, byte[]> together = new LinkedHashMap<>();
            pictures().forEach((name, picture) -> {
                String[] parts = name.split("/", -1);
                together.put("%s/%s/%s_%s".formatted(parts[1], parts[2], parts[0], parts[3]), picture);
            });
            Files.write(ROOT.resolve("domains_at_once.zip"), TinyInputs.zip(together));
            api.post("/datasets", Api.json("{\"id\": \"domains_at_once\", \"location\": \"domains_at_once.zip\"}"));
        }
        api.awaitStatus("/datasets/domains_at_once", Set.of("ready"), SOON);
        String method = "{\"name\": \"nearest_class_mean\"}";

        String domains = learn(method, groups(true), "");
        String atOnce = learn("domains_at_once", method, "{\"kind\": \"equal_classes\", \"task_count\": 1}", "");

        JsonNode last = api.get(domains + "/accuracy-matrix").body().at("/correct/1");
        int whole =
                api.get(atOnce + "/accuracy-matrix").body().at("/correct/0/0").intValue();
        assertThat(last.get(0).intValue() + last.get(1).intValue()).isEqualTo(whole);
        JsonNode saved = api.get(domains + "/checkpoints").body().at("/data/0");
        assertThat(saved.path("contains").toString()).contains("method_state");
        JsonNode planned = api.post("/plans", request("domains", method, groups(true), ""))
                .body()
                .at("/estimate/checkpoint_bytes");
        double tensors = 0;
        for (JsonNode file : saved.path("files")) {
            tensors += file.path("name").stringValue("").equals("manifest.json")
                    ? 0
                    : file.path("size_bytes").doubleValue();
        }
        assertThat(tensors)
                .isBetween(
                        0.9 * planned.path("low").doubleValue(),
                        1.1 * planned.path("high").doubleValue());
    }
}
