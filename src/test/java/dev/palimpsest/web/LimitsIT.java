package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.palimpsest.runs.ScriptedRuns;
import dev.palimpsest.runs.ScriptedRuns.Script;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Part;
import dev.palimpsest.support.TinyInputs;
import dev.palimpsest.support.WebTest;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.http.MediaType;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import tools.jackson.databind.JsonNode;

/// A service that has no room left: in the queue, for streams, on the disk.
@WebTest
@ExtendWith(OutputCaptureExtension.class)
@TestPropertySource(
        properties = {
            "palimpsest.home=target/test-limits-home",
            "palimpsest.limits.unfinished-jobs=1",
            "palimpsest.limits.streams=1",
            "palimpsest.storage.min-free=1000000TB"
        })
class LimitsIT {

    private static final Path HOME = Path.of("target/test-limits-home");

    @Autowired
    MockMvcTester http;

    @Autowired
    ScriptedRuns.Submitter submitter;

    @LocalServerPort
    int port;

    @Test
    void aFullQueueTakesNoMoreAndSaysSo() throws IOException {
        UUID waiting = submitter.submit(Script.G1, "cuda", Ids.next(), 0);
        String request = Files.readString(Path.of("src/main/resources/examples/createExperiment.1-first-run.json"));
        String list = "/api/v1/experiments";
        int before = Answers.get(http, list).get("data").size();

        var refused = Answers.post(http, list, request);

        assertThat(refused).hasStatus(429).headers().containsHeader("Retry-After");
        assertThat(Answers.json(refused).get("code").asString()).isEqualTo("queue_full");
        assertThat(Answers.json(refused).get("detail").asString()).contains("1", "palimpsest.limits.unfinished-jobs");
        assertThat(Answers.get(http, list).get("data")).hasSize(before);
        assertThat(http.post().uri(path(waiting) + "/cancel")).hasStatusOk();
    }

    @Test
    void oneCallerHasSoManyStreamsUntilOneEnds() throws IOException, InterruptedException {
        UUID job = submitter.submit(Script.G1, "cuda", Ids.next(), 0);
        try (var client = HttpClient.newHttpClient()) {
            HttpResponse<InputStream> first = stream(client, job);

            HttpResponse<InputStream> second = stream(client, job);

            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(second.statusCode()).isEqualTo(429);
            assertThat(second.headers().firstValue("Retry-After")).isPresent();
            assertThat(new String(second.body().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("\"too_many_streams\"", "palimpsest.limits.streams");

            assertThat(http.post().uri(path(job) + "/cancel")).hasStatusOk();
            assertThat(new String(first.body().readAllBytes(), StandardCharsets.UTF_8))
                    .contains("event:end");
            await("the place of the stream that ended").until(() -> {
                HttpResponse<InputStream> third = stream(client, job);
                third.body().readAllBytes();
                return third.statusCode() == 200;
            });
        }
    }

    @Test
    void aDiskThatIsNearlyFullTakesNoUploads(CapturedOutput log) throws IOException {
        try (var api = new Api(port)) {
            for (String kind : List.of("dataset", "backbone")) {
                List<Part> parts = List.of(
                        Part.json(kind, Api.json("{\"id\": \"no_room\"}")),
                        Part.file(kind.equals("dataset") ? TinyInputs.pictures(2, 1, 1, 1) : TinyInputs.weights(1)));

                Api.Answer refused = api.upload("/" + kind + "s", parts);

                JsonNode problem = refused.body();
                assertThat(refused.status()).isEqualTo(503);
                assertThat(problem.path("code").stringValue("")).isEqualTo("storage_unavailable");
                assertThat(problem.path("detail").stringValue(""))
                        .contains("palimpsest.storage.min-free")
                        .doesNotContain("test-limits-home");
                assertThat(log.getAll().lines())
                        .as("the request id finds it in the log")
                        .anyMatch(line -> line.contains("Too little space is free")
                                && line.contains(
                                        "[" + problem.path("request_id").stringValue("none") + "]"));
                assertThat(api.get("/" + kind + "s/no_room").status()).isEqualTo(404);
            }
        }
        try (Stream<Path> arrived = Files.list(HOME.resolve("uploads"))) {
            assertThat(arrived).as("refused before a byte was written").isEmpty();
        }
        assertThat(HOME.resolve("datasets")).doesNotExist();
    }

    @Test
    void aJobWaitsForRoomAndSaysSo() throws IOException {
        UUID waiting = submitter.submit(Script.G1, "cpu", Ids.next(), 0);

        JsonNode job = Answers.get(http, path(waiting));
        JsonNode queue = Answers.get(http, "/api/v1/queue");

        assertThat(job.get("status").asString()).isEqualTo("queued");
        assertThat(job.get("waiting_for").asString()).isEqualTo("storage");
        assertThat(queue.get("data"))
                .filteredOn(one -> one.get("job_id").asString().equals(Ids.job(waiting)))
                .extracting(one -> one.get("waiting_for").asString())
                .containsExactly("storage");
        assertThat(http.post().uri(path(waiting) + "/cancel")).hasStatusOk();
    }

    private HttpResponse<InputStream> stream(HttpClient client, UUID job) throws IOException, InterruptedException {
        URI uri = URI.create("http://127.0.0.1:" + port + path(job) + "/events");
        HttpRequest request = HttpRequest.newBuilder(uri)
                .header("Accept", MediaType.TEXT_EVENT_STREAM_VALUE)
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    }

    private static String path(UUID job) {
        return "/api/v1/jobs/" + Ids.job(job);
    }
}
