package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.http.Idempotency;
import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.WebTest;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.mock.web.MockHttpServletRequest;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

/// A request that is sent again under its key.
@WebTest
class RepeatedRequestsIT {

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @Autowired
    JdbcClient sql;

    @Autowired
    Idempotency idempotency;

    @Test
    void aRepeatedRequestGetsTheFirstAnswer() {
        UUID job = submitter.submit(Script.G1, "cuda", Ids.next(), 0);
        act(job, "cancel");

        MvcTestResult first = retry(job, "key-1", "{\"from\": \"start\"}");
        MvcTestResult again = retry(job, "\"key-1\"", "{\"from\": \"start\"}");

        assertThat(first).hasStatus(201);
        assertThat(again).hasStatus(201).headers().hasValue(Idempotency.REPLAYED, "true");
        assertThat(Answers.json(again)).isEqualTo(Answers.json(first));
        assertThat(again.getResponse().getHeader(HttpHeaders.LOCATION))
                .isEqualTo(first.getResponse().getHeader(HttpHeaders.LOCATION));
        assertProblem(retry(job, "key-1", "{}"), 422, "idempotency_key_reused");
        assertProblem(retry(job, "käse", "{}"), 400, "invalid_header");
    }

    @Test
    void aKeyIsHeldWhileItsFirstRequestIsAtWork() {
        UUID job = submitter.submit(Script.G1, "cuda", Ids.next(), 0);
        act(job, "cancel");
        var first = new MockHttpServletRequest("POST", path(job) + "/retry");
        first.addHeader(Idempotency.HEADER, "key-3");

        // on threads of their own, as real requests are: a thread's transaction is part of the one around it
        idempotency.once(first, "body", String.class, () -> {
            assertProblem(
                    CompletableFuture.supplyAsync(() -> retry(job, "key-3", "{}"))
                            .join(),
                    409,
                    "request_in_progress");
            assertThat(CompletableFuture.supplyAsync(() -> retry(job, "key-4", "{}"))
                            .join())
                    .as("another key")
                    .hasStatus(201);
            return ResponseEntity.badRequest().build();
        });

        assertThat(retry(job, "key-3", "{}")).as("nothing was created under it").hasStatus(201);
    }

    @Test
    void aKeyIsFreeAgainAfterARefusalAndAfterADay() {
        UUID job = submitter.submit(Script.G1, "cuda", Ids.next(), 0);
        assertProblem(retry(job, "key-2", "{}"), 409, "wrong_state");
        act(job, "cancel");
        assertThat(retry(job, "key-2", "{}")).hasStatus(201);
        sql.sql("update idempotency_keys set created_at = :old where key = 'key-2'")
                .param("old", Timestamp.from(Instant.now().minusSeconds(90_000)))
                .update();

        assertThat(retry(job, "key-2", "{\"from\": \"start\"}")).hasStatus(201);
    }

    private MvcTestResult retry(UUID job, String key, String body) {
        return http.post()
                .uri(path(job) + "/retry")
                .header(Idempotency.HEADER, key)
                .contentType(MediaType.APPLICATION_JSON)
                .content(body)
                .exchange();
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
