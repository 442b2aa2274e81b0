package dev.palimpsest.support;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The whole service in a process of its own, with its embedded database, so that it can be killed.
public final class ServiceProcess implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final Duration START = Duration.ofMinutes(2);

    private final HttpClient http = HttpClient.newHttpClient();
    private final Process process;
    private final Path log;
    private final String root;

    private ServiceProcess(Process process, Path log, int port) {
        this.process = process;
        this.log = log;
        this.root = "http://localhost:" + port + "/api/v1";
    }

    /// Starts and waits until it answers.
    ///
    /// @param home everything it writes lies below
    public static ServiceProcess start(Path home, String... arguments) throws InterruptedException {
        try {
            Files.createDirectories(home);
            int port = freePort();
            Path log = home.resolve("service.log");
            List<String> command = new ArrayList<>(List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "--enable-native-access=ALL-UNNAMED",
                    "-Xmx512m",
                    "-cp",
                    classPath(),
                    "dev.palimpsest.PalimpsestApplication",
                    "--server.port=" + port,
                    "--palimpsest.home=" + home));
            command.addAll(List.of(arguments));
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                    .start();
            ServiceProcess service = new ServiceProcess(process, log, port);
            service.awaitAnswer();
            return service;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// That of the tests without the tests: their controllers and configurations are not the service's.
    private static String classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(all.split(File.pathSeparator, -1))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private void awaitAnswer() throws InterruptedException, IOException {
        long end = System.nanoTime() + START.toNanos();
        while (System.nanoTime() < end && process.isAlive()) {
            try {
                get("/queue");
                return;
            } catch (UncheckedIOException notYet) {
                Thread.sleep(200);
            }
        }
        process.destroyForcibly();
        throw new IllegalStateException("the service did not start: " + Files.readString(log));
    }

    /// What a path below the root of the server answers, whatever its status.
    public HttpResponse<String> ask(String path) throws InterruptedException {
        URI uri = URI.create(root.substring(0, root.indexOf("/api")) + path);
        try {
            return http.send(HttpRequest.newBuilder(uri).GET().build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As an orchestrator would.
    public Duration terminate() throws InterruptedException {
        long start = System.nanoTime();
        process.destroy();
        process.waitFor();
        return Duration.ofNanos(System.nanoTime() - start);
    }

    public JsonNode get(String path) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(root + path)).GET().build());
    }

    public JsonNode post(String path, JsonNode body) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(root + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
    }

    public JsonNode post(String path, String body) throws InterruptedException {
        return post(path, JSON.readTree(body));
    }

    private JsonNode send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() >= 400) {
                throw new IllegalStateException("%s %s answered %d: %s"
                        .formatted(request.method(), request.uri(), answer.statusCode(), answer.body()));
            }
            return JSON.readTree(answer.body());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until the resource has one of these states.
    public JsonNode await(String path, Duration limit, String... states) throws InterruptedException {
        long end = System.nanoTime() + limit.toNanos();
        JsonNode last = get(path);
        while (!List.of(states).contains(last.path("status").stringValue(""))) {
            if (System.nanoTime() > end || last.path("status").stringValue("").equals("failed")) {
                throw new AssertionError("%s should be %s within %s, got %s"
                        .formatted(path, List.of(states), limit, last.toPrettyString()));
            }
            Thread.sleep(100);
            last = get(path);
        }
        return last;
    }

    /// What it has printed so far.
    public String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// As the machine's power switch would.
    public void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(30, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroyForcibly();
        }
    }
}
