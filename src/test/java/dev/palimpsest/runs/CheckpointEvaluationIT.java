package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRepository;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import dev.palimpsest.training.EvaluationProtocol;
import dev.palimpsest.workers.SlotQueue;
import dev.palimpsest.workers.SlotWork;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.JsonNode;

/// Stored models measured once more, from a POST to the counts.
@ServiceTest
@Tag("engine")
class CheckpointEvaluationIT {

    private static final Duration SOON = Duration.ofSeconds(60);
    private static final Path ROOT = Path.of("target/test-home/import");
    private static final Path EXAMPLES = Path.of("src/main/resources/examples");
    private static final String VOTE = "{\"protocol\": \"batch_majority_task\", \"batch_size\": 3}";

    /// One run for all tests: its matrix and its checkpoints, oldest first.
    private static @Nullable Run run;

    @LocalServerPort
    int port;

    @Autowired
    Evaluations evaluations;

    @Autowired
    EvaluationRepository rows;

    @Autowired
    CheckpointLibrary library;

    @Autowired
    CheckpointRepository checkpoints;

    @Autowired
    SlotQueue slots;

    @Autowired
    TransactionTemplate transaction;

    @Autowired
    JdbcClient sql;

    @Autowired
    Clock clock;

    private Api api = new Api(0);

    private record Run(String job, JsonNode matrix, List<String> checkpoints) {}

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

    private void synthetic(String id, int classes, int test) {
        api.post("/datasets", Api.json("""
                        {"kind": "synthetic", "id": "%s", "classes": %d, "train_per_class": 6, "test_per_class": %d,
                         "image_size": 32, "seed": 5,
                         "default_split": {"kind": "equal_classes", "task_count": 2}}""".formatted(id, classes, test)));
        api.awaitStatus("/datasets/" + id, Set.of("ready"), SOON);
    }

    private Run learn(String method, String more) {
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

    private static Run run() {
        if (run == null) {
            throw new IllegalStateException("there is no run");
        }
        return run;
    }

    private Answer ask(String checkpoint, String body) {
        return api.post("/checkpoints/" + checkpoint + "/evaluations", Api.json(body));
    }

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

    @Test
    void aDamagedCheckpointFailsAndIsRefusedFromThenOn() throws IOException {
        Run other = learn("{\"name\": \"nearest_class_mean\"}", "");
        String checkpoint = other.checkpoints().getLast();
        try (Stream<Path> files = Files.walk(Path.of("target/test-home/checkpoints"))) {
            Path file = files.filter(one -> one.toString().contains(checkpoint)
                            && one.toString().endsWith("heads.safetensors"))
                    .findFirst()
                    .orElseThrow();
            Files.write(file, new byte[] {1}, StandardOpenOption.APPEND);
        }

        String id = ask(checkpoint, "{}").body().path("id").stringValue("");
        JsonNode failed = api.awaitStatus("/evaluations/" + id, Set.of("failed"), SOON);
        Answer again = ask(checkpoint, "{}");

        assertThat(failed.at("/error/code").stringValue("")).isEqualTo("checkpoint_corrupt");
        assertThat(failed.get("correct").isNull()).isTrue();
        assertThat(failed.get("finished_at").isNull()).isFalse();
        assertThat(again.status()).isEqualTo(409);
        assertThat(again.body().path("code").stringValue("")).isEqualTo("checkpoint_not_ready");
    }

    @Test
    void aCheckpointThatIsGoneWhenItsTurnComesFails() {
        Run other = learn("{\"name\": \"nearest_class_mean\"}", "");
        CheckpointRow row = library.find(
                        Ids.parse(Ids.CHECKPOINT, other.checkpoints().getFirst())
                                .orElseThrow())
                .orElseThrow();
        checkpoints.delete(row);
        UUID id = waiting(row).id();
        transaction.executeWithoutResult(_ -> slots.enter(Evaluations.WORK, "cpu", id));

        JsonNode failed = api.awaitStatus("/evaluations/" + Ids.evaluation(id), Set.of("failed"), SOON);

        assertThat(failed.at("/error/code").stringValue("")).isEqualTo("checkpoint_corrupt");
        assertThat(failed.at("/error/detail").stringValue("")).endsWith("is no longer kept.");
    }

    @Test
    void whatAReplacedWorkerWritesIsDropped() {
        UUID id = waiting(newest()).id();
        SlotWork.Turn first = picked(id, 2);
        assertThat(evaluations.begin(first)).isPresent();
        evaluations.lose(id, 2);
        SlotWork.Turn second = picked(id, 4);
        assertThat(evaluations.begin(first)).as("after its pick has gone").isEmpty();
        assertThat(evaluations.begin(second)).isPresent();

        evaluations.fail(first, StatusReason.INTERNAL_ERROR, "Late.");
        evaluations.lose(id, 2);

        assertThat(rows.findById(id).orElseThrow().state()).isEqualTo(OperationState.RUNNING);
        assertThat(rows.findById(id).orElseThrow().failure()).isEmpty();
    }

    @Test
    void whoHasThePickTakesAnEvaluationThatWasLeftRunning() {
        UUID id = waiting(newest()).id();
        assertThat(evaluations.begin(picked(id, 2))).isPresent();

        assertThat(evaluations.begin(picked(id, 4))).isPresent();

        evaluations.lose(id, 2);
        assertThat(rows.findById(id).orElseThrow().state()).isEqualTo(OperationState.RUNNING);
    }

    @Test
    void anEvaluationThatTakesItsWorkersDownIsGivenUp() {
        UUID id = waiting(newest()).id();
        for (long lease = 1; lease <= Evaluation.MAX_FAILURES; lease++) {
            assertThat(evaluations.begin(picked(id, lease))).isPresent();
            evaluations.lose(id, lease);
        }

        JsonNode given = api.get("/evaluations/" + Ids.evaluation(id)).body();
        assertThat(given.path("status").stringValue("")).isEqualTo("failed");
        assertThat(given.at("/error/code").stringValue("")).isEqualTo("retry_limit_exceeded");
    }

    @Test
    void theSweepLetsAnEvaluationWaitAgainThatNoEntryStandsFor() {
        UUID id = waiting(newest()).id();
        assertThat(evaluations.begin(picked(id, 2))).isPresent();
        sql.sql("delete from scheduled_tasks where task_instance = :id")
                .param("id", id.toString())
                .update();

        sql.sql("update scheduled_tasks set execution_time = now() where task_name = 'sweep' and not picked")
                .update();

        api.awaitStatus("/evaluations/" + Ids.evaluation(id), Set.of("succeeded"), SOON);
    }

    /// A turn as if another worker had it; the service leaves it alone until its heartbeat is old.
    private SlotWork.Turn picked(UUID id, long lease) {
        sql.sql("""
                insert into scheduled_tasks
                       (task_name, task_instance, execution_time, priority, picked, picked_by, last_heartbeat, version)
                values ('evaluate@cpu', :id, now(), 0, true, 'test', now(), :lease)
                    on conflict (task_name, task_instance) do update set version = :lease""").param("id", id.toString()).param("lease", lease).update();
        return new SlotWork.Turn(id, "cpu", lease, new Device("cpu", 0, "", 0), () -> false);
    }

    private CheckpointRow newest() {
        return library.find(
                        Ids.parse(Ids.CHECKPOINT, run().checkpoints().getLast()).orElseThrow())
                .orElseThrow();
    }

    /// An evaluation that nobody picks unless its place is put into the queue.
    private Evaluation waiting(CheckpointRow row) {
        var request = new EvaluationRequest(null, EvaluationProtocol.PER_IMAGE, 256, null);
        return rows.save(new Evaluation(Ids.next(), row, request, null, "local", clock.instant()));
    }
}
