package dev.palimpsest.demo;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.annotation.Profile;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// With `-Ddemo`: posts the bundled requests to the service's own port as any client would, shows how far
/// they are, and prints what came of them. A later start finds the first one's results and submits nothing.
@Component
@Profile("demo")
class DemoRun {

    private static final List<String> REQUESTS = List.of("lorac_ipc", "sequential_lora");
    private static final Duration LOOK = Duration.ofSeconds(1);
    private static final int LOOKS_A_LINE = 5;

    private final ServletWebServerApplicationContext context;
    private final JsonMapper json = JsonMapper.builder().build();

    DemoRun(ServletWebServerApplicationContext context) {
        this.context = context;
    }

    @EventListener(ApplicationReadyEvent.class)
    void start() {
        Thread.ofVirtual().name("demo").start(() -> run(System.out));
    }

    private void run(PrintStream out) {
        DemoClient client = new DemoClient(localPort(), json);
        try {
            List<JsonNode> experiments = new ArrayList<>();
            for (String name : REQUESTS) {
                experiments.add(experiment(client, request(name), out));
            }
            for (JsonNode experiment : experiments) {
                follow(client, experiment, out);
            }
            for (JsonNode experiment : experiments) {
                result(client, experiment, out);
            }
            out.printf(
                    "%nThe service stays up:%n  Dashboard   %s/ui/%n  Swagger UI  %s/swagger-ui.html%n"
                            + "  API         %s/api/v1/experiments%n",
                    client.address(), client.address(), client.address());
            out.printf("Stop it with Ctrl-C; results stay in the data folder.%n%n");
        } catch (DemoException failure) {
            out.printf("%nThe demo could not go on: %s%n", failure.getMessage());
        } catch (RuntimeException | Error failure) {
            out.printf("%nThe demo could not go on: %s%n", failure);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private int localPort() {
        var server = context.getWebServer();
        if (server == null) {
            throw new IllegalStateException("the demo needs the web server");
        }
        return server.getPort();
    }

    /// The experiment of an earlier start, or a new one.
    private JsonNode experiment(DemoClient client, ObjectNode request, PrintStream out) throws InterruptedException {
        String name = request.path("name").stringValue();
        for (JsonNode old : client.get("/experiments?limit=100").path("data")) {
            String status = old.path("status").stringValue();
            if (old.path("name").stringValue().equals(name)
                    && !status.equals("failed")
                    && !status.equals("cancelled")) {
                out.printf("Found '%s' of an earlier start (%s).%n", name, status);
                return client.get("/experiments/" + old.path("id").stringValue());
            }
        }
        JsonNode created = client.post("/experiments", request);
        out.printf("Submitted '%s' as %s.%n", name, created.path("id").stringValue());
        return created;
    }

    private void follow(DemoClient client, JsonNode experiment, PrintStream out) throws InterruptedException {
        String id = experiment.path("jobs").path(0).path("id").stringValue();
        for (int look = 0; ; look++) {
            JsonNode job = client.get("/jobs/" + id);
            String status = job.path("status").stringValue();
            switch (status) {
                case "succeeded" -> {
                    return;
                }
                case "failed", "cancelled" ->
                    throw new DemoException("job %s is %s: %s".formatted(id, status, job.path("status_message")));
                default -> {
                    if (look % LOOKS_A_LINE == 0) {
                        out.println(DemoText.progress(job));
                    }
                    Thread.sleep(LOOK);
                }
            }
        }
    }

    private void result(DemoClient client, JsonNode experiment, PrintStream out) throws InterruptedException {
        String id = experiment.path("jobs").path(0).path("id").stringValue();
        JsonNode matrix = client.get("/jobs/" + id + "/accuracy-matrix");
        JsonNode metrics = client.get("/jobs/" + id + "/cl-metrics");
        out.print(DemoText.result(experiment.path("name").stringValue(), matrix, metrics));
    }

    private ObjectNode request(String name) {
        try (InputStream file = DemoRun.class.getResourceAsStream("/demo/" + name + ".json")) {
            if (file == null) {
                throw new IllegalStateException("the request demo/" + name + ".json is missing from the jar");
            }
            return (ObjectNode) json.readTree(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
