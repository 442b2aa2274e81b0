package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.HttpHeaders;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import tools.jackson.databind.JsonNode;

/// What is answered about a finished job whose counts are golden matrix G1.
@WebTest
class ResultsIT {

    private static UUID finished = new UUID(0, 0);
    private static UUID experiment = new UUID(0, 0);

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @LocalServerPort
    int port;

    @BeforeEach
    void aFinishedJob() throws InterruptedException {
        if (finished.getMostSignificantBits() == 0) {
            experiment = Ids.next();
            finished = submitter.submit(Script.G1, "cpu", experiment, 0);
            Answers.await(http, finished, "succeeded");
        }
    }

    @Test
    void theMatrixIsThatOfTheContract() {
        JsonNode matrix = get("/accuracy-matrix");

        assertThat(matrix.get("tasks_learned").asInt()).isEqualTo(5);
        assertThat(matrix.get("test_images").toString()).isEqualTo("[1000,1000,1000,1000,2000]");
        assertThat(matrix.get("correct").get(3).toString()).isEqualTo("[940,880,970,930,null]");
        assertThat(matrix.get("accuracy").get(4).toString()).isEqualTo("[91.0,96.0,92.0,90.0,94.0]");
        assertThat(matrix.get("rows")).hasSize(5);
        assertThat(matrix.get("rows").get(4).get("checkpoint_id").asString()).startsWith("ckpt_");
    }

    @Test
    void theTableHasOneLineAMeasuredCell() {
        MvcTestResult table =
                http.get().uri(path("/accuracy-matrix")).accept("text/csv").exchange();

        assertThat(table).hasStatusOk().headers().hasValue(HttpHeaders.CONTENT_TYPE, "text/csv;charset=UTF-8");
        assertThat(table).bodyText().startsWith("""
                after_task,task,task_name,correct,test_images,accuracy
                1,1,task 1,980,1000,98.0
                2,1,task 1,930,1000,93.0
                """);
        assertThat(table).bodyText().hasLineCount(16);
    }

    /// Golden values of `docs/metrics.md` 6, G1.
    @Test
    void theMetricsAreTheGoldenOnes() {
        JsonNode body = get("/cl-metrics");

        Map<String, Double> expected = Map.of(
                "final_accuracy", 92.6,
                "final_accuracy_micro", 92.83333333333333,
                "average_incremental_accuracy", 93.98666666666666,
                "average_incremental_accuracy_micro", 94.03333333333333,
                "forgetting", 3.5,
                "worst_task_forgetting", 7.0,
                "backward_transfer", -3.25,
                "learning_accuracy", 95.2);
        expected.forEach((name, value) ->
                assertThat(metric(body, name).get("value").asDouble()).as(name).isCloseTo(value, within(1e-9)));
        assertThat(metric(body, "forward_transfer").get("null_reason").asString())
                .isEqualTo("unseen_classes_masked");
        assertThat(body.get("curves").get("forgetting").get(0).isNull()).isTrue();
        assertThat(body.get("by_task").get(0).get("interval95").get("low").asDouble())
                .isCloseTo(89.0658207357, within(1e-9));
        assertThat(body.get("variants").isNull()).isTrue();
    }

    @Test
    void theSummaryCountsJobsThatAreMissing() {
        submitter.submit(Script.G1, "cuda", experiment, 1);

        JsonNode summary = Answers.get(http, "/api/v1/experiments/" + Ids.experiment(experiment) + "/summary");

        assertThat(summary.get("jobs_used").asInt()).isEqualTo(1);
        assertThat(summary.get("jobs_missing")).isNotEmpty();
        JsonNode metric = summary.get("points").get(0).get("metrics").get(0);
        assertThat(metric.get("mean").asDouble()).isCloseTo(92.6, within(1e-9));
        assertThat(metric.get("sd").isNull()).isTrue();
    }

    @Test
    void theJobShowsItsHeadlineAndHundredPercent() {
        JsonNode job = get("");

        assertThat(job.get("progress").get("percent").asDouble()).isEqualTo(100);
        assertThat(job.get("headline").get("forgetting").asDouble()).isCloseTo(3.5, within(1e-9));
        assertThat(job.get("allowed_actions")).isEmpty();
        assertThat(job.get("method_name").asString()).isEqualTo("lorac_ipc");
    }

    @Test
    void theTasksKnowWhatBecameOfThem() {
        JsonNode first = get("/tasks").get("data").get(0);

        assertThat(first.get("status").asString()).isEqualTo("finished");
        assertThat(first.get("learned").asDouble()).isEqualTo(98);
        assertThat(first.get("forgetting").asDouble()).isCloseTo(7, within(1e-9));
        assertThat(first.get("train_seconds").asDouble()).isEqualTo(1.5);
    }

    @Test
    void seriesAreCompleteOrThinnedToMeasuredPoints() {
        JsonNode all = get("/metrics?name=train.loss").get("series").get(0);
        JsonNode few =
                get("/metrics?name=train.loss&max_points=10").get("series").get(0);
        JsonNode later =
                get("/metrics?name=train.loss&after_step=36").get("series").get(0);

        assertThat(all.get("total_points").asInt()).isEqualTo(40);
        assertThat(all.get("downsampled").asBoolean()).isFalse();
        assertThat(all.get("points").get(0).get("step").asInt()).isEqualTo(1);
        assertThat(few.get("points").size()).isBetween(5, 10);
        assertThat(few.get("downsampled").asBoolean()).isTrue();
        assertThat(few.get("points").get(0)).isEqualTo(all.get("points").get(0));
        assertThat(later.get("points")).hasSize(4);
    }

    @Test
    void countedSeriesComeFromTheMatrix() {
        JsonNode accuracy = get("/metrics?name=eval.accuracy").get("series").get(0);

        assertThat(accuracy.get("x").asString()).isEqualTo("task");
        assertThat(accuracy.get("points").get(4).get("value").asDouble()).isCloseTo(92.6, within(1e-9));
    }

    @Test
    void noStepAppearsTwiceAfterALostAttempt() throws InterruptedException {
        UUID lost = submitter.submit(Script.LOST, "cpu", Ids.next(), 0);
        Answers.await(http, lost, "succeeded");
        String job = "/api/v1/jobs/" + Ids.job(lost);

        JsonNode loss = Answers.get(http, job + "/metrics?name=train.loss")
                .get("series")
                .get(0);
        JsonNode first = Answers.get(http, job + "/metrics?name=train.loss&attempt=1")
                .get("series")
                .get(0);
        JsonNode attempts = Answers.get(http, job + "/attempts").get("data");
        JsonNode matrix = Answers.get(http, job + "/accuracy-matrix");

        List<Integer> steps = new ArrayList<>();
        loss.get("points").forEach(point -> steps.add(point.get("step").asInt()));
        assertThat(steps).hasSize(40).doesNotHaveDuplicates().isSorted();
        assertThat(first.get("points")).hasSize(16);
        assertThat(attempts.get(0).get("end_reason").asString()).isEqualTo("worker_lost");
        assertThat(attempts.get(1).get("resumed_from_checkpoint_id").asString()).startsWith("ckpt_");
        assertThat(matrix.get("tasks_learned").asInt()).isEqualTo(5);
    }

    @Test
    void onlyTaskEndsAreKept() {
        JsonNode list = get("/checkpoints");

        assertThat(list.get("data"))
                .hasSize(5)
                .allSatisfy(one -> assertThat(one.get("kind").asString()).isEqualTo("task_end"));
        JsonNode newest = list.get("data").get(0);
        assertThat(newest.get("task").asInt()).isEqualTo(5);
        assertThat(newest.get("headline").get("final_accuracy").asDouble()).isCloseTo(92.6, within(1e-9));
        assertThat(newest.get("files").get(0).get("name").asString()).isEqualTo("manifest.json");
    }

    @Test
    void filesAreServedInPartsAndCheaplyAgain() {
        String file = file();
        String etag = "\"" + checkpoint().get("files").get(1).get("sha256").asString() + "\"";

        assertThat(http.get().uri(file))
                .hasStatus(200)
                .headers()
                .hasValue(HttpHeaders.ETAG, etag)
                .hasValue(HttpHeaders.ACCEPT_RANGES, "bytes")
                .hasValue(HttpHeaders.CONTENT_LENGTH, "1000")
                .containsHeader("Repr-Digest");
        assertThat(http.get().uri(file).header(HttpHeaders.RANGE, "bytes=2-4"))
                .hasStatus(206)
                .hasBodyTextEqualTo("234")
                .headers()
                .hasValue(HttpHeaders.CONTENT_RANGE, "bytes 2-4/1000");
        assertThat(http.get().uri(file).header(HttpHeaders.RANGE, "bytes=-3"))
                .hasStatus(206)
                .hasBodyTextEqualTo("789");
        assertThat(http.get().uri(file).header(HttpHeaders.RANGE, "bytes=2-4").header(HttpHeaders.IF_RANGE, etag))
                .hasStatus(206);
        assertThat(http.get()
                        .uri(file)
                        .header(HttpHeaders.RANGE, "bytes=2-4")
                        .header(HttpHeaders.IF_RANGE, "\"other\""))
                .hasStatus(200)
                .headers()
                .hasValue(HttpHeaders.CONTENT_LENGTH, "1000");
        assertThat(http.get().uri(file).header(HttpHeaders.RANGE, "bytes=0-1,4-5"))
                .hasStatus(200);
        assertThat(http.get().uri(file).header(HttpHeaders.IF_NONE_MATCH, etag)).hasStatus(304);
        assertThat(http.head().uri(file)).hasStatus(200).hasBodyTextEqualTo("");
    }

    @Test
    void aRangeOutsideTheFileIsAProblem() {
        assertThat(http.get().uri(file()).header(HttpHeaders.RANGE, "bytes=1000-"))
                .hasStatus(416)
                .bodyJson()
                .extractingPath("$.code")
                .isEqualTo("range_not_satisfiable");
    }

    @Test
    void theArchiveIsTheSameEachTimeAndHoldsAllFiles() throws IOException {
        String path = "/api/v1/checkpoints/" + checkpoint().get("id").asString() + "/content";

        byte[] one = http.get().uri(path).exchange().getResponse().getContentAsByteArray();
        MvcTestResult again = http.get().uri(path).exchange();

        assertThat(again.getResponse().getContentAsByteArray()).isEqualTo(one);
        assertThat(again).headers().hasValue(HttpHeaders.CONTENT_LENGTH, Integer.toString(one.length));
        var names = new ArrayList<String>();
        try (var tar = new TarArchiveInputStream(new ByteArrayInputStream(one))) {
            for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
                names.add(entry.getName());
                assertThat(tar.readAllBytes()).hasSize((int) entry.getSize());
            }
        }
        String folder = checkpoint().get("id").asString();
        assertThat(names).containsExactly(folder + "/manifest.json", folder + "/adapters.safetensors");
    }

    @Test
    void eventsAreNumberedWithoutGapsAndPaged() {
        JsonNode first = get("/events?limit=10");
        JsonNode rest = get("/events?after=10&limit=100");

        assertThat(first.get("data")).hasSize(10);
        assertThat(first.get("has_more").asBoolean()).isTrue();
        assertThat(first.get("last_id").asString()).isEqualTo("10");
        assertThat(rest.get("data").get(0).get("sequence").asInt()).isEqualTo(11);
        List<String> types = new ArrayList<>();
        rest.get("data").forEach(event -> types.add(event.get("type").asString()));
        assertThat(types).contains("task.completed", "checkpoint.created", "epoch.completed", "job.succeeded");
        assertThat(messages(rest)).contains("Task 4 of 5 finished: average accuracy 93.00, forgetting 3.33.");
    }

    @Test
    void aStreamGoesOnAfterTheLastSeenEventAndEnds() throws IOException, InterruptedException {
        long last = get("/events?limit=1&after=0").get("data").size();
        try (HttpClient client = HttpClient.newHttpClient()) {
            String body = client.send(stream("3"), HttpResponse.BodyHandlers.ofString())
                    .body();
            List<String> ids =
                    body.lines().filter(line -> line.startsWith("id:")).toList();
            assertThat(last).isOne();
            assertThat(ids.getFirst()).isEqualTo("id:4");
            assertThat(body).contains("event:end").contains("event:job.succeeded");

            String newest = ids.getLast().substring("id:".length());
            assertThat(client.send(stream(newest), HttpResponse.BodyHandlers.discarding())
                            .statusCode())
                    .isEqualTo(204);
        }
    }

    private HttpRequest stream(String lastSeen) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + port + path("/events")))
                .header(HttpHeaders.ACCEPT, "text/event-stream")
                .header("Last-Event-ID", lastSeen)
                .build();
    }

    private static List<String> messages(JsonNode page) {
        List<String> messages = new ArrayList<>();
        page.get("data").forEach(event -> messages.add(event.get("message").asString()));
        return messages;
    }

    private String file() {
        return "/api/v1/checkpoints/" + checkpoint().get("id").asString() + "/files/adapters.safetensors";
    }

    private JsonNode checkpoint() {
        return get("/checkpoints").get("data").get(0);
    }

    private JsonNode get(String below) {
        return Answers.get(http, path(below));
    }

    private static String path(String below) {
        return "/api/v1/jobs/" + Ids.job(finished) + below;
    }

    private static JsonNode metric(JsonNode body, String name) {
        for (JsonNode metric : body.get("metrics")) {
            if (metric.get("name").asString().equals(name)) {
                return metric;
            }
        }
        throw new AssertionError("no metric " + name);
    }
}
