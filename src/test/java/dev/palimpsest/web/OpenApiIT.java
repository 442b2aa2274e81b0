package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The published document: frozen, and true to what is answered.
@WebTest
class OpenApiIT {

    /// Renewed by `.ci/freeze-openapi`.
    private static final Path FROZEN = Path.of("src/test/resources/openapi/api-v1.json");

    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    /// Every operation of the contract.
    private static final Set<String> OPERATIONS = Set.of(
            "planExperiment",
            "createExperiment",
            "listExperiments",
            "getExperiment",
            "getExperimentSummary",
            "cancelExperiment",
            "listJobs",
            "getJob",
            "cancelJob",
            "pauseJob",
            "resumeJob",
            "retryJob",
            "getJobRecord",
            "listJobAttempts",
            "listJobTasks",
            "listJobEvents",
            "getJobMetrics",
            "getAccuracyMatrix",
            "getContinualMetrics",
            "listJobCheckpoints",
            "getCheckpoint",
            "getCheckpointFile",
            "getCheckpointContent",
            "listJobPredictions",
            "getTaskConfusion",
            "getClassConfusion",
            "listJobClasses",
            "getJobFlips",
            "createEvaluation",
            "listEvaluations",
            "getEvaluation",
            "createMerge",
            "listMerges",
            "getMerge",
            "listMethods",
            "getMethod",
            "listDatasets",
            "getDataset",
            "createDataset",
            "getDatasetImage",
            "getDatasetThumbnail",
            "listBackbones",
            "getBackbone",
            "createBackbone",
            "getQueue",
            "listWorkers",
            "getWorker");

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @Test
    void theDocumentIsTheFrozenOne() throws IOException {
        ObjectNode document = (ObjectNode) document();
        document.remove("servers"); // its maker adds that of the request from the second question on
        String freeze = System.getenv("FREEZE_OPENAPI");
        if (freeze != null) {
            if (!freeze.equals("breaking")) {
                assertNothingBreaks(document);
            }
            Files.writeString(FROZEN, JSON.writeValueAsString(document) + "\n");
        }

        assertThat(document)
                .as("the API has changed: look at the difference, then run .ci/freeze-openapi")
                .isEqualTo(JSON.readTree(Files.readString(FROZEN)));
    }

    @Test
    void whatHasBeenPromisedIsKept() throws IOException {
        assertNothingBreaks(document());
    }

    private static void assertNothingBreaks(JsonNode document) throws IOException {
        assertThat(ContractChanges.breaking(JSON.readTree(Files.readString(FROZEN)), document))
                .as("changes that break clients: take them back, or freeze with FREEZE_OPENAPI=breaking")
                .isEmpty();
    }

    @Test
    void everyOperationOfTheContractIsThereUnderItsName() {
        Set<String> names = new TreeSet<>();
        for (JsonNode path : document().get("paths")) {
            for (JsonNode operation : path) {
                names.add(operation.get("operationId").asString());
            }
        }

        assertThat(names).isEqualTo(new TreeSet<>(OPERATIONS));
    }

    @Test
    void choicesNameTheirMembers() {
        JsonNode method = document()
                .get("components")
                .get("schemas")
                .get("ExperimentRequest")
                .get("properties")
                .get("method");

        assertThat(method.get("discriminator").get("propertyName").asString()).isEqualTo("name");
        assertThat(method.get("discriminator").get("mapping").get("lorac_ipc").asString())
                .isEqualTo("#/components/schemas/MethodLoracIpc");
        assertThat(method.get("oneOf")).isNotEmpty();
    }

    @Test
    void theDocumentSaysWhichProtocolLeaks() {
        JsonNode document = document();

        assertThat(document.at("/paths/~1api~1v1~1checkpoints~1{id}~1evaluations/post/description")
                        .asString())
                .contains("batch_majority_task", "leaks_task_identity: true");
        assertThat(document.at("/components/schemas/EvaluationRequest/properties/protocol/default")
                        .asString())
                .isEqualTo("per_image");
        assertThat(document.at("/components/schemas/EvaluationBody/properties/leaks_task_identity/description")
                        .asString())
                .contains("batch_majority_task");
    }

    @Test
    void answersHaveTheFieldsOfTheirSchemas() throws InterruptedException {
        UUID experiment = Ids.next();
        UUID id = submitter.submit(Script.G1, "cpu", experiment, 0);
        Answers.await(http, id, "succeeded");
        String job = "/api/v1/jobs/" + Ids.job(id);
        String checkpoint = Answers.get(http, job + "/checkpoints")
                .get("data")
                .get(0)
                .get("id")
                .asString();

        Answers.post(http, "/api/v1/checkpoints/" + checkpoint + "/evaluations", "{}");

        compare(job, "/api/v1/jobs/{id}");
        compare("/api/v1/evaluations?checkpoint_id=" + checkpoint, "/api/v1/evaluations");
        compare("/api/v1/jobs?limit=1", "/api/v1/jobs");
        compare(job + "/attempts", "/api/v1/jobs/{id}/attempts");
        compare(job + "/tasks", "/api/v1/jobs/{id}/tasks");
        compare(job + "/events", "/api/v1/jobs/{id}/events");
        compare(job + "/metrics", "/api/v1/jobs/{id}/metrics");
        compare(job + "/accuracy-matrix", "/api/v1/jobs/{id}/accuracy-matrix");
        compare(job + "/cl-metrics?variants=true", "/api/v1/jobs/{id}/cl-metrics");
        compare(job + "/checkpoints", "/api/v1/jobs/{id}/checkpoints");
        compare("/api/v1/checkpoints/" + checkpoint, "/api/v1/checkpoints/{id}");
        compare("/api/v1/experiments/" + Ids.experiment(experiment) + "/summary", "/api/v1/experiments/{id}/summary");
        compare("/api/v1/queue", "/api/v1/queue");
        compare("/api/v1/workers", "/api/v1/workers");
        compare("/api/v1/methods/lorac_ipc", "/api/v1/methods/{name}");
        compare("/api/v1/datasets", "/api/v1/datasets");
        compare("/api/v1/backbones", "/api/v1/backbones");
    }

    private void compare(String path, String documented) {
        JsonNode document = document();
        JsonNode schema = document.get("paths")
                .get(documented)
                .get("get")
                .get("responses")
                .get("200")
                .get("content")
                .get("application/json")
                .get("schema");
        List<String> differences = new ArrayList<>();
        compare(document, schema, Answers.get(http, path), path, differences);
        assertThat(differences).as(path).isEmpty();
    }

    private static void compare(
            JsonNode document, JsonNode schema, JsonNode value, String place, List<String> differences) {
        JsonNode resolved = resolve(document, schema);
        JsonNode properties = resolved.get("properties");
        if (value.isObject() && properties != null) {
            value.propertyNames().forEach(name -> {
                JsonNode property = properties.get(name);
                if (property == null) {
                    differences.add(place + "." + name + " is not in the schema");
                } else {
                    compare(document, property, value.get(name), place + "." + name, differences);
                }
            });
            properties.propertyNames().forEach(name -> {
                if (!value.has(name)) {
                    differences.add(place + "." + name + " is only in the schema");
                }
            });
        } else if (value.isArray() && resolved.get("items") != null) {
            for (int i = 0; i < value.size(); i++) {
                compare(document, resolved.get("items"), value.get(i), place + "[" + i + "]", differences);
            }
        }
    }

    private static JsonNode resolve(JsonNode document, JsonNode schema) {
        JsonNode reference = schema.get("$ref");
        return reference == null
                ? schema
                : document.get("components")
                        .get("schemas")
                        .get(reference.asString().replaceFirst(".*/", ""));
    }

    private JsonNode document() {
        return Answers.get(http, "/v3/api-docs");
    }
}
