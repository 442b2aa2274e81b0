package dev.palimpsest.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The API of a service on this machine.
final class ServiceClient {

    private final HttpClient http = HttpClient.newHttpClient();
    private final JsonMapper json = JsonMapper.builder().build();
    private final String address;

    ServiceClient(int port) {
        this.address = "http://localhost:" + port + "/api/v1";
    }

    JsonNode get(String path) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(address + path)).GET().build());
    }

    JsonNode post(String path, JsonNode body) throws InterruptedException {
        return send(HttpRequest.newBuilder(URI.create(address + path))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
    }

    private JsonNode send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode body = json.readTree(answer.body());
            if (answer.statusCode() >= 400) {
                throw new IllegalStateException(
                        "%s %s: %s".formatted(request.method(), request.uri(), body.toPrettyString()));
            }
            return body;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
