package dev.palimpsest.support;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.StreamSupport;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The service as a client sees it: paths below `/api/v1`, JSON in and out.
public final class Api implements AutoCloseable {

    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String BOUNDARY = "a-part-ends-here";
    private static final String FORM = "multipart/form-data; boundary=" + BOUNDARY;

    private final HttpClient http = HttpClient.newHttpClient();
    private final String root;

    /// An answer, its body parsed; null JSON where there is none.
    public record Answer(int status, JsonNode body, String location) {

        public List<String> codes() {
            return StreamSupport.stream(body.path("errors").spliterator(), false)
                    .map(error -> error.path("code").stringValue("") + " "
                            + error.path("param").stringValue(""))
                    .toList();
        }

        public String details() {
            return body.path("errors").toString();
        }
    }

    /// A part of an upload.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    public record Part(String name, String type, byte[] content) {

        public static Part json(String name, JsonNode content) {
            return new Part(name, "application/json", content.toString().getBytes(StandardCharsets.UTF_8));
        }

        public static Part file(byte[] content) {
            return new Part("file", "application/octet-stream", content);
        }
    }

    public Api(int port) {
        this.root = "http://127.0.0.1:" + port + "/api/v1";
    }

    public static ObjectNode json(String text) {
        return (ObjectNode) JSON.readTree(text);
    }

    public Answer get(String path) {
        return send(request(path).GET());
    }

    public Answer post(String path, JsonNode body) {
        return post(path, body.toString());
    }

    public Answer post(String path, String body) {
        return send(request(path).header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)));
    }

    public Answer upload(String path, List<Part> parts) {
        return uploadShort(path, parts, 0);
    }

    /// An upload whose body ends too early, though the connection does not.
    ///
    /// @param missing bytes at its end that are left out
    public Answer uploadShort(String path, List<Part> parts, int missing) {
        byte[] form = form(parts);
        return send(request(path)
                .header("Content-Type", FORM)
                .POST(BodyPublishers.ofByteArray(form, 0, form.length - missing)));
    }

    /// An upload whose connection ends before all the announced bytes are sent.
    ///
    /// @param missing bytes at its end that are never sent
    /// @return what the service says to that, when it has said everything
    public String uploadBrokenOff(String path, List<Part> parts, int missing) {
        byte[] form = form(parts);
        URI uri = URI.create(root + path);
        String head = "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n"
                .formatted(uri.getPath(), uri.getAuthority(), FORM, form.length);
        try (var socket = new Socket(uri.getHost(), uri.getPort())) {
            socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(form, 0, form.length - missing);
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] form(List<Part> parts) {
        var form = new ByteArrayOutputStream();
        for (Part part : parts) {
            form.writeBytes(head(part));
            form.writeBytes(part.content());
            form.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
        }
        form.writeBytes(("--" + BOUNDARY + "--\r\n").getBytes(StandardCharsets.US_ASCII));
        return form.toByteArray();
    }

    private static byte[] head(Part part) {
        String file = part.name().equals("file") ? "; filename=\"file.bin\"" : "";
        return "--%s\r\nContent-Disposition: form-data; name=\"%s\"%s\r\nContent-Type: %s\r\n\r\n"
                .formatted(BOUNDARY, part.name(), file, part.type())
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Waits until a resource is in one of these states, and fails if it ends in another.
    public JsonNode awaitStatus(String path, Set<String> wanted, Duration limit) {
        return await(path + " becomes " + wanted)
                .atMost(limit)
                .pollInterval(Duration.ofMillis(100))
                .until(() -> get(path).body(), body -> {
                    String status = body.path("status").stringValue("");
                    if (Set.of("failed", "invalid", "corrupt").contains(status) && !wanted.contains(status)) {
                        throw new AssertionError(path + " is " + body);
                    }
                    return wanted.contains(status);
                });
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(root + path));
    }

    private Answer send(HttpRequest.Builder request) {
        try {
            var answer = http.send(request.build(), BodyHandlers.ofString());
            String body = answer.body();
            return new Answer(
                    answer.statusCode(),
                    body.isEmpty() ? JSON.nullNode() : JSON.readTree(body),
                    answer.headers().firstValue("Location").orElse(""));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        http.close();
    }
}
