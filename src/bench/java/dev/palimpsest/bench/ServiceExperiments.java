package dev.palimpsest.bench;

import dev.palimpsest.PalimpsestApplication;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Starts the service, posts the requests of a folder through HTTP one after the other, and prints what came
/// of them as markdown.
///
/// Arguments: the folder; then any properties of the service, `--palimpsest.home=...` for instance. Files
/// that begin with `dataset` or `backbone` are registered first; the rest are experiments, in the order of
/// their names.
final class ServiceExperiments {

    private ServiceExperiments() {}

    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(arguments[0]);
        String[] properties = Stream.concat(
                        Stream.of("--server.port=0", "--logging.level.root=warn"),
                        Stream.of(arguments).skip(1))
                .toArray(String[]::new);
        try (ConfigurableApplicationContext context = SpringApplication.run(PalimpsestApplication.class, properties)) {
            var server = ((ServletWebServerApplicationContext) context).getWebServer();
            if (server == null) {
                throw new IllegalStateException("the service has no web server");
            }
            new ServiceExperiments().run(folder, new ServiceClient(server.getPort()));
        }
    }

    private void run(Path folder, ServiceClient client) throws IOException, InterruptedException {
        Map<String, JsonNode> requests = new LinkedHashMap<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                requests.put(
                        String.valueOf(file.getFileName()),
                        JsonMapper.builder().build().readTree(file));
            }
        }
        for (String kind : List.of("dataset", "backbone")) {
            for (Map.Entry<String, JsonNode> request : requests.entrySet()) {
                if (request.getKey().startsWith(kind)) {
                    register(client, kind + "s", request.getValue());
                }
            }
        }
        Report report = new Report(client);
        for (Map.Entry<String, JsonNode> request : requests.entrySet()) {
            if (!request.getKey().startsWith("dataset") && !request.getKey().startsWith("backbone")) {
                JsonNode experiment = client.post("/experiments", request.getValue());
                String id = experiment.path("id").stringValue();
                awaitEnd(client, id);
                System.out.print(report.experiment(id));
            }
        }
        System.out.print(report.table());
        System.out.print(report.digests());
    }

    private static void register(ServiceClient client, String kind, JsonNode request) throws InterruptedException {
        client.post("/" + kind, request);
        String path = "/" + kind + "/" + request.path("id").stringValue();
        for (String status = ""; !status.equals("ready"); Thread.sleep(500)) {
            status = client.get(path).path("status").stringValue();
            if (status.equals("invalid") || status.equals("corrupt")) {
                throw new IllegalStateException(path + " is " + client.get(path));
            }
        }
    }

    private static void awaitEnd(ServiceClient client, String experiment) throws InterruptedException {
        while (true) {
            String status =
                    client.get("/experiments/" + experiment).path("status").stringValue();
            switch (status) {
                case "succeeded" -> {
                    return;
                }
                case "failed", "cancelled" -> throw new IllegalStateException(experiment + " is " + status);
                default -> Thread.sleep(1000);
            }
        }
    }
}
