package dev.palimpsest.web;

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
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What becomes of a request for an experiment: plans, jobs, and each refusal, with nothing queued by it.
@ServiceTest
@Tag("web")
class ExperimentRequestsIT {

    private static final Path ROOT = Path.of("target/test-home/import");

    @LocalServerPort
    int port;

    @Autowired
    JdbcClient sql;

    private Api api = new Api(0);

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        Files.createDirectories(ROOT);
        Files.write(ROOT.resolve("requests.safetensors"), TinyInputs.weights(10));
        api.post("/backbones", Api.json("{\"id\": \"requests_vit\", \"location\": \"requests.safetensors\"}"));
        api.post("/datasets", Api.json("""
                        {"kind": "synthetic", "id": "requests_shapes", "classes": 6, "train_per_class": 4,
                         "test_per_class": 2, "image_size": 32, "seed": 3,
                         "default_split": {"kind": "equal_classes", "task_count": 3}}"""));
        api.awaitStatus("/backbones/requests_vit", Set.of("ready"), Duration.ofSeconds(30));
        api.awaitStatus("/datasets/requests_shapes", Set.of("ready"), Duration.ofSeconds(30));
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    private static ObjectNode request() {
        return Api.json("""
                {"dataset_id": "requests_shapes", "backbone_id": "requests_vit",
                 "method": {"name": "sequential_lora", "rank": 4}, "training": {"epochs": 1, "batch_size": 4},
                 "device": "cuda"}""");
    }

    @Test
    void whatIsMissingIsFilledInAndShown() {
        Answer plan = api.post("/plans", request());

        JsonNode body = plan.body();
        assertThat(plan.status()).as(plan.details()).isEqualTo(200);
        assertThat(body.at("/resolved/name").stringValue("")).isEqualTo("sequential_lora / requests_shapes");
        assertThat(body.at("/resolved/input/image_size").intValue()).isEqualTo(32);
        assertThat(body.at("/resolved/input/profile").stringValue("")).isEqualTo("backbone_default");
        assertThat(body.at("/resolved/training/epochs").intValue()).isEqualTo(1);
        assertThat(body.at("/resolved/training/optimizer/name").stringValue("")).isEqualTo("adam");
        assertThat(body.at("/resolved/split/task_count").intValue()).isEqualTo(3);
        assertThat(body.path("tasks")).hasSize(3);
        assertThat(body.at("/tasks/0/train_images").intValue()).isEqualTo(8);
        assertThat(body.path("warnings"))
                .extracting(warning -> warning.path("code").stringValue(""))
                .contains("single_seed", "tiny_test_set", "no_worker_for_device");
        assertThat(body.at("/estimate/device_seconds").isNull()).isTrue();
        assertThat(body.at("/jobs/0/fingerprint").stringValue("")).startsWith("sha256:");
    }

    @Test
    void aPresetIsPostedByNameAndOverriddenFieldByField() {
        ObjectNode request = Api.json("""
                {"preset": "lorac_ipc/split_cifar100_augreg", "dataset_id": "requests_shapes", "backbone_id": "requests_vit",
                 "split": {"task_count": 3}, "method": {"rank": 2}, "training": {"batch_size": 8},
                 "input": {"profile": "backbone_default", "image_size": 32}, "device": "cpu"}""");

        Answer plan = api.post("/plans", request);

        assertThat(plan.status()).as(plan.details()).isEqualTo(200);
        JsonNode resolved = plan.body().get("resolved");
        assertThat(resolved.path("preset").stringValue("")).isEqualTo("lorac_ipc/split_cifar100_augreg");
        assertThat(resolved.at("/method/rank").intValue()).isEqualTo(2);
        assertThat(resolved.at("/method/alignment/centroids").intValue()).isEqualTo(10);
        assertThat(resolved.at("/training/epochs").intValue()).isEqualTo(10);
        assertThat(resolved.at("/seeds").size()).isEqualTo(3);
        assertThat(plan.body().path("warnings"))
                .extracting(one -> one.path("code").stringValue(""))
                .contains(
                        "published_settings_uncertain",
                        "input_profile_differs_from_preset",
                        "batch_size_differs_from_preset");
    }

    @Test
    void anUnknownPresetIsOneErrorThatListsThePresets() {
        Answer plan = api.post(
                "/plans", Api.json("{\"preset\": \"nearest_class_mean/split_cifar10\", \"dataset_id\": \"none\"}"));

        assertThat(plan.codes()).containsExactly("unknown_preset preset");
        assertThat(plan.details())
                .contains("lorac_ipc/split_cifar100_augreg, ", "Did you mean 'nearest_class_mean/split_cifar100'?");
    }

    @Test
    void aRecipeIsFilledInWhereTheMethodsSettingsMakeItTrain() {
        ObjectNode request = request();
        request.remove("training");
        request.set("method", Api.json("{\"name\": \"random_projection_ridge\", \"width\": 50}"));
        JsonNode frozen = api.post("/plans", request).body();
        request.set(
                "method",
                Api.json("{\"name\": \"random_projection_ridge\", \"width\": 50, \"adaptation\": {\"rank\": 2}}"));
        JsonNode adapted = api.post("/plans", request).body();

        assertThat(frozen.at("/resolved/training").isNull()).isTrue();
        assertThat(adapted.at("/resolved/training/epochs").intValue()).isEqualTo(10);
        assertThat(adapted.at("/resolved/method/adaptation/sites").size()).isEqualTo(6);
    }

    @Test
    void eachSeedBecomesAJobAndTheRecordsRequestGivesTheSamePlanAgain() {
        ObjectNode request = request();
        request.putArray("seeds").add(3).add(1);
        request.putObject("metadata").put("team", "vision");

        Answer created = api.post("/experiments", request);
        JsonNode experiment = created.body();
        String job = experiment.at("/jobs/0/id").stringValue("");
        JsonNode record = api.get("/jobs/" + job + "/record").body();
        Answer again = api.post("/plans", record.path("request"));

        assertThat(created.status()).as(created.details()).isEqualTo(201);
        assertThat(created.location())
                .isEqualTo("/api/v1/experiments/" + experiment.path("id").stringValue(""));
        assertThat(experiment.path("jobs"))
                .extracting(one -> one.path("seed").longValue())
                .containsExactly(3L, 1L);
        assertThat(experiment.path("status").stringValue("")).isEqualTo("queued");
        assertThat(record.path("class_order")).hasSize(6);
        assertThat(again.status()).as(again.details()).isEqualTo(200);
        assertThat(again.body().at("/jobs/0/fingerprint")).isEqualTo(record.path("fingerprint"));
        assertThat(api.get("/experiments?metadata.team=vision&status=queued")
                        .body()
                        .path("data"))
                .isNotEmpty();
        assertThat(api.get("/jobs/" + job + "/tasks").body().path("data")).hasSize(3);

        Answer cancelled = api.post("/experiments/" + experiment.path("id").stringValue("") + "/cancel", "");
        assertThat(cancelled.body().path("status").stringValue("")).isEqualTo("cancelled");
    }

    @Test
    void fiveFaultsGiveFiveErrorsAndNothingIsStored() {
        ObjectNode request = request();
        ((ObjectNode) request.path("method")).put("rnak", 4).put("rank", 0);
        ((ObjectNode) request.path("training")).put("epochs", "8");
        request.put("dataset_id", "requests_shape");
        request.set("input", Api.json("{\"image_size\": 33}"));
        long before = rows();

        Answer plan = api.post("/plans", request);
        Answer create = api.post("/experiments", request);

        assertThat(plan.status()).isEqualTo(422);
        assertThat(plan.codes())
                .containsExactlyInAnyOrder(
                        "unknown_field method.rnak",
                        "out_of_range method.rank",
                        "wrong_type training.epochs",
                        "unknown_dataset dataset_id",
                        "out_of_range input.image_size");
        assertThat(plan.details()).contains("Did you mean 'rank'?", "Did you mean 'requests_shapes'?");
        assertThat(create.codes()).isEqualTo(plan.codes());
        assertThat(rows()).isEqualTo(before);
    }

    @ParameterizedTest(name = "{0}: {1}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\0',
            value = {
                "method      | {\"name\": \"sequential_lora\", \"rank\": 0}            | out_of_range method.rank",
                "method      | {\"name\": \"sequential_lora\", \"rank\": 33}           | out_of_range method.rank",
                "method      | {\"name\": \"sequential_lora\", \"block_count\": 3}     | out_of_range method.block_count",
                "method      | {\"name\": \"sequentiallora\"}                          | unknown_method method.name",
                "method      | {\"name\": \"nearest_class_mean\"}                      | not_supported_by_method training",
                "method      | {\"name\": \"random_projection_ridge\"}                 | not_supported_by_method training",
                "method      | {\"name\": \"random_projection_ridge\", \"ridge\": 0, \"adaptation\": {}} | out_of_range method.ridge",
                "method      | {\"name\": \"random_projection_ridge\", \"adaptation\": {\"rank\": 33}} | out_of_range method.adaptation.rank",
                "split       | {\"kind\": \"equal_classes\", \"task_count\": 7}        | out_of_range split.task_count",
                "split       | {\"kind\": \"equal_classes\", \"task_count\": 4}        | classes_not_divisible split.task_count",
                "split       | {\"kind\": \"explicit\", \"tasks\": [{\"classes\": [\"shape_9\"]}]} | unknown_class split.tasks[0].classes[0]",
                "split       | {\"kind\": \"groups\"}                                  | not_one_of split.kind",
                "dataset_id  | \"nothing\"                                             | unknown_dataset dataset_id",
                "backbone_id | \"nothing\"                                             | unknown_backbone backbone_id",
                "backbone_id | 7                                                       | wrong_type backbone_id",
                "device      | \"tpu\"                                                 | not_one_of device",
                "device      | null                                                    | wrong_type device",
                "seeds       | [1, 1]                                                  | duplicate_value seeds[1]",
                "seeds       | []                                                      | out_of_range seeds",
                "training    | null                                                    | wrong_type training",
                "grid        | {}                                                      | unknown_field grid",
                "preset      | \"lorac_ipc/split_cifar100\"                            | unknown_preset preset",
                "preset      | 7                                                       | wrong_type preset",
                "metadata    | {\"Team\": \"vision\"}                                  | out_of_range metadata",
                "limits      | {\"max_failures\": 11}                                  | out_of_range limits.max_failures"
            })
    void aFaultIsOneProblemThatPlanAndCreateAgreeOn(String field, String value, String expected) {
        ObjectNode request = request();
        request.set(field, Api.json("{\"value\": " + value + "}").get("value"));
        long before = rows();

        Answer plan = api.post("/plans", request);
        Answer create = api.post("/experiments", request);

        assertThat(create.status()).isEqualTo(422);
        assertThat(create.codes()).containsExactly(expected);
        assertThat(plan.codes()).isEqualTo(create.codes());
        assertThat(rows()).isEqualTo(before);
    }

    @Test
    void whatIsNoSingleJsonValueIsMalformed() {
        for (String body : new String[] {"", "{", "{\"seeds\": [1], \"seeds\": [2]}", "{} {}", "[".repeat(40)}) {
            Answer refused = api.post("/experiments", body);
            assertThat(refused.status()).as(body).isEqualTo(400);
            assertThat(refused.body().path("code").stringValue("")).as(body).isEqualTo("malformed_json");
        }
        assertThat(api.post("/experiments", "[]").codes()).containsExactly("wrong_type ");
    }

    private long rows() {
        return sql.sql("select (select count(*) from experiments) + (select count(*) from jobs)")
                .query(Long.class)
                .single();
    }
}
