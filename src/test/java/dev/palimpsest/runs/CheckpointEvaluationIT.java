package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/// Stored models measured once more, from a POST to the counts.
@ServiceTest
@Tag("engine")
class CheckpointEvaluationIT extends EvaluatedRun {

    private static final Path EXAMPLES = Path.of("src/main/resources/examples");
    private static final String VOTE = "{\"protocol\": \"batch_majority_task\", \"batch_size\": 3}";

    private JsonNode evaluate(String checkpoint, String body) {
        Answer asked = ask(checkpoint, body);
        assertThat(asked.status()).as(asked.body().toString()).isEqualTo(202);
        String path = asked.location().substring("/api/v1".length());
        assertThat(path).isEqualTo("/evaluations/" + asked.body().path("id").stringValue(""));
        return api.awaitStatus(path, Set.of("succeeded"), SOON);
    }

    private JsonNode digests(String checkpoint) {
        return api.get("/checkpoints/" + checkpoint).body().path("files");
    }

    @Test
    void eachCheckpointHasTheCountsOfItsRowAndIsNotChanged() {
        assertThat(run().checkpoints()).hasSize(2);
        for (int task = 0; task < 2; task++) {
            String checkpoint = run().checkpoints().get(task);
            JsonNode before = digests(checkpoint);

            JsonNode done = evaluate(checkpoint, "{\"batch_size\": %d}".formatted(task == 0 ? 1 : 256));

            JsonNode row = run().matrix().path("correct").get(task);
            for (int j = 0; j <= task; j++) {
                assertThat(done.path("correct").get(j)).isEqualTo(row.get(j));
                assertThat(done.path("accuracy").get(j))
                        .isEqualTo(run().matrix().path("accuracy").get(task).get(j));
            }
            assertThat(done.path("correct")).hasSize(task + 1);
            assertThat(done.path("protocol").stringValue("")).isEqualTo("per_image");
            assertThat(done.path("leaks_task_identity").booleanValue()).isFalse();
            assertThat(digests(checkpoint)).isEqualTo(before);
        }
    }

    @Test
    void theExampleOfTheContractIsAnswered() throws IOException {
        Answer asked = ask(
                run().checkpoints().getLast(), Files.readString(EXAMPLES.resolve("createEvaluation.1-per-image.json")));
        JsonNode done =
                api.awaitStatus("/evaluations/" + asked.body().path("id").stringValue(""), Set.of("succeeded"), SOON);

        assertThat(asked.status()).isEqualTo(202);
        assertThat(asked.body().path("object").stringValue("")).isEqualTo("evaluation");
        assertThat(asked.body().path("status").stringValue("")).isEqualTo("queued");
        for (String later : List.of("test_images", "correct", "accuracy", "metrics", "error", "finished_at")) {
            assertThat(asked.body().get(later).isNull()).as(later).isTrue();
        }
        assertThat(done.path("name").stringValue("")).isEqualTo("re-score after upgrade");
        assertThat(done.path("created_at")).isEqualTo(asked.body().path("created_at"));
        JsonNode own = api.get(run().job() + "/cl-metrics").body().path("metrics");
        JsonNode metrics = done.path("metrics");
        assertThat(named(metrics, "final_accuracy")).isEqualTo(named(own, "final_accuracy"));
        assertThat(named(metrics, "inferred_task_accuracy")).isEqualTo(named(own, "inferred_task_accuracy"));
        assertThat(named(metrics, "forgetting").isMissingNode()).isTrue();
    }

    private static JsonNode named(JsonNode metrics, String name) {
        for (JsonNode metric : metrics) {
            if (metric.path("name").stringValue("").equals(name)) {
                return metric;
            }
        }
        return metrics.path(name);
    }

    @Test
    void everyExampleIsAccepted() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            for (Path example : files.filter(
                            file -> file.getFileName().toString().startsWith("createEvaluation."))
                    .toList()) {
                evaluate(run().checkpoints().getLast(), Files.readString(example));
            }
        }
    }

    @Test
    void aRepeatedRequestGetsTheFirstAnswer() throws IOException, InterruptedException {
        String path = "/checkpoints/" + run().checkpoints().getFirst() + "/evaluations";

        JsonNode first = repeatable(path, "{}");
        JsonNode again = repeatable(path, "{}");
        JsonNode other = repeatable(path, "{\"batch_size\": 1}");

        assertThat(again).isEqualTo(first);
        assertThat(other.path("code").stringValue("")).isEqualTo("idempotency_key_reused");
    }

    private JsonNode repeatable(String path, String body) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/api/v1" + path))
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", "scored once")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            return Api.json(
                    http.send(request, HttpResponse.BodyHandlers.ofString()).body());
        }
    }

    @Test
    void aVoteSaysEverywhereThatItLeaksAndChangesNoOtherNumber() {
        String checkpoint = run().checkpoints().getLast();
        JsonNode metrics = api.get(run().job() + "/cl-metrics").body();

        Answer asked = ask(checkpoint, VOTE);
        String id = asked.body().path("id").stringValue("");
        JsonNode done = api.awaitStatus("/evaluations/" + id, Set.of("succeeded"), SOON);
        JsonNode listed = api.get("/evaluations?checkpoint_id=" + checkpoint + "&status=succeeded")
                .body()
                .path("data");
        JsonNode events = api.get(run().job() + "/events?limit=100").body().path("data");

        assertThat(asked.body().path("leaks_task_identity").booleanValue()).isTrue();
        assertThat(done.path("leaks_task_identity").booleanValue()).isTrue();
        assertThat(done.path("protocol").stringValue("")).isEqualTo("batch_majority_task");
        assertThat(done.path("batch_size").intValue()).isEqualTo(3);
        assertThat(done.path("correct")).hasSize(2);
        assertThat(done.get("metrics").isNull()).isTrue();
        assertThat(of(listed, "/id", id).path("leaks_task_identity").booleanValue())
                .isTrue();
        JsonNode event = of(events, "/data/evaluation_id", id);
        assertThat(event.path("type").stringValue("")).isEqualTo("evaluation.completed");
        assertThat(event.at("/data/status").stringValue("")).isEqualTo("succeeded");
        assertThat(event.at("/data/leaks_task_identity").booleanValue()).isTrue();
        assertThat(api.get(run().job() + "/accuracy-matrix").body()).isEqualTo(run().matrix());
        assertThat(api.get(run().job() + "/cl-metrics").body()).isEqualTo(metrics);
    }

    private static JsonNode of(JsonNode data, String pointer, String value) {
        for (JsonNode one : data) {
            if (one.at(pointer).stringValue("").equals(value)) {
                return one;
            }
        }
        throw new AssertionError("nothing with %s = %s in %s".formatted(pointer, value, data));
    }

    @Test
    void anotherDataSetIsMeasuredOnTheTasksThatItCovers() {
        synthetic("scored_again", 4, 9);
        synthetic("scored_part", 2, 7);

        JsonNode all = evaluate(run().checkpoints().getLast(), "{\"dataset_id\": \"scored_again\"}");
        JsonNode part = evaluate(run().checkpoints().getLast(), "{\"dataset_id\": \"scored_part\"}");

        assertThat(all.path("test_images").toString()).isEqualTo("[18,18]");
        assertThat(all.path("dataset_id").stringValue("")).isEqualTo("scored_again");
        assertThat(part.path("test_images").toString()).isEqualTo("[14,null]");
        assertThat(part.path("correct").get(0).isInt()).isTrue();
        assertThat(part.path("correct").get(1).isNull()).isTrue();
        assertThat(part.path("accuracy").get(1).isNull()).isTrue();
        assertThat(named(part.path("metrics"), "final_accuracy").get("value").isNull())
                .isTrue();
    }

    @ParameterizedTest(name = "{0}: {2}")
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"protocoll\": \"per_image\"}; 422; unknown_field protocoll",
                "{\"protocol\": \"per_batch\"}; 422; not_one_of protocol",
                "{\"protocol\": null}; 422; wrong_type protocol",
                "{\"batch_size\": 0}; 422; out_of_range batch_size",
                "{\"batch_size\": \"8\"}; 422; wrong_type batch_size",
                "{\"name\": \"\"}; 422; out_of_range name",
                "{\"dataset_id\": \"scored_shape\"}; 422; unknown_dataset dataset_id",
                "{\"dataset_id\": 7}; 422; wrong_type dataset_id"
            })
    void refusesWhatItDoesNotUnderstand(String body, int status, String code) {
        Answer refused = ask(run().checkpoints().getLast(), body);

        assertThat(refused.status()).isEqualTo(status);
        assertThat(refused.codes()).containsExactly(code);
    }

    @Test
    void namesEveryFaultAndTheAllowedValues() {
        Answer refused = ask(run().checkpoints().getLast(), """
                {"protocol": "vote", "dataset_id": "scored_shape", "size": 1}""");

        assertThat(refused.codes())
                .containsExactlyInAnyOrder("not_one_of protocol", "unknown_dataset dataset_id", "unknown_field size");
        assertThat(refused.details()).contains("per_image, batch_majority_task", "Did you mean 'scored_shapes'?");
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "/evaluations/eval_01M7YRRT80EF9TY1067H3CQBMK, 404, not_found",
        "/evaluations/eval_1, 404, not_found",
        "/evaluations?status=done, 400, invalid_parameter",
        "/evaluations?checkpoint_id=ckpt_1, 400, invalid_parameter",
        "/evaluations?after=eval_1, 400, invalid_cursor",
        "/evaluations?protocol=per_image, 400, unknown_parameter"
    })
    void refusesQuestionsThatHaveNoAnswer(String path, int status, String code) {
        Answer refused = api.get(path);

        assertThat(refused.status()).isEqualTo(status);
        assertThat(refused.body().path("code").stringValue("")).isEqualTo(code);
    }

    @Test
    void aCheckpointThatIsNotThereCannotBeEvaluated() {
        assertThat(ask("ckpt_01M7YPHF1GFDRSKVXSGCDY9546", "{}").status()).isEqualTo(404);
        assertThat(ask("ckpt_1", "{}").status()).isEqualTo(404);
    }

    @Test
    void aMethodThatInfersNoTaskHasNothingToVoteOn() {
        Run other = learn("{\"name\": \"nearest_class_mean\"}", "");

        Answer refused = ask(other.checkpoints().getLast(), VOTE);
        JsonNode done = evaluate(other.checkpoints().getLast(), "{}");

        assertThat(refused.codes()).containsExactly("not_supported_by_method protocol");
        assertThat(done.path("correct"))
                .isEqualTo(other.matrix().path("correct").get(1));
    }

    @Test
    void aMethodThatLearnsAllTasksInTheLastHasNoModelBefore() {
        Run joint = learn("{\"name\": \"joint_lora\", \"rank\": 1}", ", \"training\": {\"epochs\": 1}");

        Answer refused = ask(joint.checkpoints().getFirst(), "{}");
        JsonNode done = evaluate(joint.checkpoints().getLast(), "{}");

        assertThat(refused.status()).isEqualTo(409);
        assertThat(refused.body().path("code").stringValue("")).isEqualTo("checkpoint_not_ready");
        assertThat(done.path("correct")).hasSize(2);
    }
}
