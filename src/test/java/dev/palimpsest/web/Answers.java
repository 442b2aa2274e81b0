package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.settings.Ids;
import java.io.UnsupportedEncodingException;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks the service and reads what it answers.
final class Answers {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Answers() {}

    static JsonNode json(MvcTestResult result) {
        try {
            return JSON.readTree(result.getResponse().getContentAsString());
        } catch (UnsupportedEncodingException e) {
            throw new IllegalStateException(e);
        }
    }

    static JsonNode get(MockMvcTester http, String path) {
        MvcTestResult result = http.get().uri(path).exchange();
        assertThat(result).as(path).hasStatusOk();
        return json(result);
    }

    static MvcTestResult post(MockMvcTester http, String path, String body) {
        return http.post()
                .uri(path)
                .contentType(MediaType.APPLICATION_JSON)
                .content(body)
                .exchange();
    }

    /// Waits until a job is in a state.
    static JsonNode await(MockMvcTester http, UUID job, String status) throws InterruptedException {
        Instant end = Instant.now().plus(PATIENCE);
        while (true) {
            JsonNode body = get(http, "/api/v1/jobs/" + Ids.job(job));
            if (body.get("status").asString().equals(status)) {
                return body;
            }
            assertThat(Instant.now()).as("job should be %s: %s", status, body).isBefore(end);
            Thread.sleep(50);
        }
    }
}
