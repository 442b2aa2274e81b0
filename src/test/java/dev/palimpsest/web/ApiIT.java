package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import tools.jackson.databind.JsonNode;

/// Refusals, states and actions, pages, headers.
@WebTest
class ApiIT {

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @Autowired
    JdbcClient sql;

    @ParameterizedTest(name = "{0} {1}: {2} {3}")
    @CsvSource({
        "GET,    /api/v1/nothing,                        404, not_found",
        "GET,    /api/v1/jobs/job_1,                     404, not_found",
        "GET,    /api/v1/jobs/job_01M7YNAYM0E0SB9ZJW4SC7MWS4, 404, not_found",
        "GET,    /api/v1/checkpoints/ckpt_01M7YNAYM0E0SB9ZJW4SC7MWS4/content, 404, not_found",
        "GET,    /api/v1/workers/wrk_01M7YNAYM0E0SB9ZJW4SC7MWS4, 404, not_found",
        "GET,    /api/v1/experiments/exp_01M7YNAYM0E0SB9ZJW4SC7MWS4/summary, 404, not_found",
        "GET,    /api/v1/jobs?stauts=failed,             400, unknown_parameter",
        "GET,    /api/v1/jobs?status=broken,             400, invalid_parameter",
        "GET,    /api/v1/jobs?limit=101,                 400, invalid_parameter",
        "GET,    /api/v1/jobs?limit=many,                400, invalid_parameter",
        "GET,    /api/v1/jobs?order=up,                  400, invalid_parameter",
        "GET,    /api/v1/jobs?seed=x,                    400, invalid_parameter",
        "GET,    /api/v1/jobs?created_after=today,       400, invalid_parameter",
        "GET,    /api/v1/jobs?after=17,                  400, invalid_cursor",
        "DELETE, /api/v1/jobs,                           405, method_not_allowed",
        "GET,    /api/v1/queue?x=1,                      400, unknown_parameter"
    })
    void refusals(String method, String path, int status, String code) {
        MvcTestResult answer = http.method(HttpMethod.valueOf(method)).uri(path).exchange();

        JsonNode problem = Answers.json(answer);
        assertThat(answer).hasStatus(status).hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
        assertThat(problem.get("code").asString()).isEqualTo(code);
        assertThat(problem.get("type").asString()).isEqualTo("urn:palimpsest:problem:" + code);
        assertThat(problem.get("instance").asString()).isEqualTo(path.replaceAll("\\?.*", ""));
        assertThat(problem.get("request_id").asString())
                .isEqualTo(answer.getResponse().getHeader("X-Request-Id"));
    }

    @Test
    void namesTheParametersThatThereAre() {
        JsonNode problem =
                Answers.json(http.get().uri("/api/v1/jobs?stauts=failed").exchange());

        assertThat(problem.get("param").asString()).isEqualTo("stauts");
        assertThat(problem.get("detail").asString()).contains("status", "metadata.<key>");
    }

    @Test
    void theMatrixKnowsItsWords() {
        String job = path(submitter.submit(Script.G1, "cuda", Ids.next(), 0));

        for (String query : new String[] {"measure=top2", "stage=last", "data=train"}) {
            assertThat(http.get().uri(job + "/accuracy-matrix?" + query)).hasStatus(400);
        }
        JsonNode empty = Answers.get(http, job + "/accuracy-matrix");
        assertThat(empty.get("tasks_learned").asInt()).isZero();
        assertThat(empty.get("task_count").asInt()).isEqualTo(5);
        assertThat(http.get().uri(job + "/metrics?name=loss")).hasStatus(400);
        assertThat(http.get().uri(job + "/metrics?max_points=0")).hasStatus(400);
    }

    @Test
    void bodiesAreReadStrictly() {
        String retry = path(submitter.submit(Script.G1, "cuda", Ids.next(), 0)) + "/retry";

        assertProblem(Answers.post(http, retry, "{"), 400, "malformed_json");
        assertProblem(Answers.post(http, retry, "{\"from\": \"start\", \"from\": \"start\"}"), 400, "malformed_json");
        assertProblem(Answers.post(http, retry, "{\"form\": \"start\"}"), 422, "unknown_field");
        assertProblem(Answers.post(http, retry, "{\"from\": 1}"), 422, "wrong_type");
        assertProblem(
                Answers.post(http, retry, "{\"from\": \"" + "x".repeat(1_100_000) + "\"}"), 413, "body_too_large");
        assertProblem(
                http.post()
                        .uri(retry)
                        .contentType(MediaType.APPLICATION_XML)
                        .content("<a/>")
                        .exchange(),
                415,
                "unsupported_media_type");
    }

    @Test
    void speaksJsonOnly() {
        assertThat(http.get().uri("/api/v1/jobs").accept(MediaType.APPLICATION_XML))
                .hasStatus(406);
    }

    @Test
    void aSaneRequestIdIsKept() {
        assertThat(http.get().uri("/api/v1/queue").header("X-Request-Id", "mine-1"))
                .headers()
                .hasValue("X-Request-Id", "mine-1");
        assertThat(http.get().uri("/api/v1/queue").header("X-Request-Id", "not sane!"))
                .headers()
                .hasHeaderSatisfying(
                        "X-Request-Id", ids -> assertThat(ids.getFirst()).startsWith("req_"));
    }

    @Test
    void answersAreCheapToAskAgain() {
        String job = "/api/v1/jobs/" + Ids.job(submitter.submit(Script.G1, "cuda", Ids.next(), 0)) + "/accuracy-matrix";
        String etag = http.get().uri(job).exchange().getResponse().getHeader(HttpHeaders.ETAG);

        assertThat(etag).isNotNull();
        assertThat(http.get().uri(job).header(HttpHeaders.IF_NONE_MATCH, String.valueOf(etag)))
                .hasStatus(304)
                .hasBodyTextEqualTo("");
    }

    @Test
    void pagesHaveAPolicyAndSwaggerOneOfItsOwn() {
        assertThat(http.get().uri("/api/v1/queue"))
                .headers()
                .hasHeaderSatisfying(
                        "Content-Security-Policy",
                        policy -> assertThat(policy.getFirst())
                                .contains("default-src 'self'")
                                .doesNotContain("unsafe-inline"));
        assertThat(http.get().uri("/swagger-ui/index.html"))
                .hasStatusOk()
                .headers()
                .hasHeaderSatisfying(
                        "Content-Security-Policy",
                        policy -> assertThat(policy.getFirst()).contains("style-src 'self' 'unsafe-inline'"));
    }

    @Test
    void aWaitingJobIsPausedResumedCancelledAndRetried() {
        UUID job = submitter.submit(Script.G1, "cuda", Ids.next(), 0);

        assertThat(act(job, "pause"))
                .hasStatus(200)
                .bodyJson()
                .extractingPath("$.status")
                .isEqualTo("paused");
        assertThat(act(job, "pause")).hasStatus(200);
        assertThat(act(job, "resume"))
                .hasStatus(200)
                .bodyJson()
                .extractingPath("$.status")
                .isEqualTo("queued");
        JsonNode conflict = Answers.json(act(job, "resume"));
        assertThat(conflict.get("code").asString()).isEqualTo("wrong_state");
        assertThat(conflict.get("current_status").asString()).isEqualTo("queued");
        assertThat(conflict.get("allowed_actions").toString()).isEqualTo("[\"cancel\",\"pause\"]");
        assertThat(conflict.get("errors")).isEmpty();
        assertProblem(act(job, "retry"), 409, "wrong_state");
        assertThat(act(job, "cancel")).hasStatus(200);
        assertThat(act(job, "cancel")).hasStatus(200);
        MvcTestResult retried = act(job, "retry");
        assertThat(retried).hasStatus(201).headers().containsHeader(HttpHeaders.LOCATION);
        JsonNode again = Answers.json(retried);
        assertThat(again.get("retry_of").asString()).isEqualTo(Ids.job(job));
        assertThat(again.get("method_name").asString()).isEqualTo("lorac_ipc");
        assertThat(Answers.get(http, "/api/v1/jobs/" + again.get("id").asString() + "/tasks")
                        .get("data"))
                .hasSize(5);
    }

    @Test
    void aRunningJobIsAskedAndEndsWhenItsWorkerSeesIt() throws InterruptedException {
        UUID paused = submitter.submit(Script.WAITS, "cpu", Ids.next(), 0);
        Answers.await(http, paused, "running");
        assertThat(act(paused, "pause"))
                .hasStatus(202)
                .bodyJson()
                .extractingPath("$.status")
                .isEqualTo("pausing");
        Answers.await(http, paused, "paused");
        assertThat(act(paused, "cancel")).hasStatus(200);

        UUID cancelled = submitter.submit(Script.WAITS, "cpu", Ids.next(), 0);
        Answers.await(http, cancelled, "running");
        assertThat(act(cancelled, "cancel")).hasStatus(202);
        Answers.await(http, cancelled, "cancelled");
    }

    @Test
    void aFailedJobSaysWhyAndCannotBeCancelled() throws InterruptedException {
        UUID job = submitter.submit(Script.DIVERGES, "cpu", Ids.next(), 0);

        JsonNode failed = Answers.await(http, job, "failed");

        assertThat(failed.get("status_reason").asString()).isEqualTo("non_finite_loss");
        assertThat(failed.get("error").get("retryable").asBoolean()).isFalse();
        assertThat(failed.get("allowed_actions").toString()).isEqualTo("[\"retry\"]");
        assertProblem(act(job, "cancel"), 409, "job_already_finished");
    }

    @Test
    void listsArePagedByCursorAndFiltered() {
        UUID experiment = Ids.next();
        for (int i = 0; i < 5; i++) {
            submitter.submit(Script.G1, "cuda", experiment, i);
        }
        String list = "/api/v1/jobs?metadata.team=vision&method_name=lorac_ipc&status=queued&experiment_id="
                + Ids.experiment(experiment);

        JsonNode first = Answers.get(http, list + "&limit=3");
        JsonNode second = Answers.get(
                http, list + "&limit=3&after=" + first.get("last_id").asString());
        JsonNode oldest = Answers.get(http, list + "&order=asc&limit=1");

        assertThat(first.get("data")).hasSize(3);
        assertThat(first.get("has_more").asBoolean()).isTrue();
        assertThat(second.get("data")).hasSize(2);
        assertThat(second.get("has_more").asBoolean()).isFalse();
        assertThat(oldest.get("first_id")).isEqualTo(second.get("last_id"));
        assertThat(Answers.get(http, list + "&seed=41&seed=42").get("data")).hasSize(2);
        assertThat(Answers.get(http, list.replace("team=vision", "team=other")).get("data"))
                .isEmpty();
    }

    @Test
    void theQueueShowsOrderAndReason() {
        UUID experiment = Ids.next();
        UUID waiting = submitter.submit(Script.G1, "cuda", experiment, 0);

        JsonNode queue = Answers.get(http, "/api/v1/queue");
        JsonNode job = Answers.get(http, path(waiting));
        JsonNode workers = Answers.get(http, "/api/v1/workers");

        assertThat(queue.get("by_device").get("cuda").get("waiting").asInt()).isPositive();
        assertThat(queue.get("by_device").get("cpu").get("slots").asInt()).isEqualTo(2);
        assertThat(job.get("waiting_for").asString()).isEqualTo("worker_for_device");
        assertThat(job.get("queue_position").asInt()).isPositive();
        JsonNode worker = workers.get("data").get(0);
        assertThat(worker.get("status").asString()).isEqualTo("online");
        assertThat(Answers.get(http, "/api/v1/workers/" + worker.get("id").asString())
                        .get("can_run")
                        .toString())
                .isEqualTo("[\"train@cpu\"]");
    }

    @Test
    void nothingOfADamagedCheckpointIsServed() throws InterruptedException {
        UUID job = submitter.submit(Script.G1, "cpu", Ids.next(), 0);
        Answers.await(http, job, "succeeded");
        String id = Answers.get(http, path(job) + "/checkpoints")
                .get("data")
                .get(0)
                .get("id")
                .asString();
        sql.sql("update checkpoints set sha256 = 'x', files = jsonb_set(files, '{1,sizeBytes}', '7') where id = :id")
                .param("id", Ids.parse(Ids.CHECKPOINT, id).orElseThrow())
                .update();

        String path = "/api/v1/checkpoints/" + id;
        assertProblem(http.get().uri(path + "/files/adapters.safetensors").exchange(), 409, "checkpoint_not_ready");
        assertThat(Answers.get(http, path).get("status").asString()).isEqualTo("corrupt");
        assertProblem(http.get().uri(path + "/content").exchange(), 409, "checkpoint_not_ready");
    }

    private MvcTestResult act(UUID job, String verb) {
        return http.post().uri(path(job) + "/" + verb).exchange();
    }

    private static String path(UUID job) {
        return "/api/v1/jobs/" + Ids.job(job);
    }

    private static void assertProblem(MvcTestResult answer, int status, String code) {
        assertThat(answer).hasStatus(status).hasContentType(MediaType.APPLICATION_PROBLEM_JSON);
        assertThat(Answers.json(answer).get("code").asString()).isEqualTo(code);
    }
}
