package dev.palimpsest.demo;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// The API as any client sees it.
final class DemoClient {

    private final HttpClient http = HttpClient.newHttpClient();
    private final String address;
    private final JsonMapper json;

    DemoClient(int port, JsonMapper json) {
        this.address = "http://localhost:" + port;
        this.json = json;
    }

    String address() {
        return address;
    }

    JsonNode get(String path) throws InterruptedException {
        return send(request(path).GET().build());
    }

    JsonNode post(String path, JsonNode body) throws InterruptedException {
        return send(request(path)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body.toString()))
                .build());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(address + "/api/v1" + path));
    }

    private JsonNode send(HttpRequest request) throws InterruptedException {
        try {
            HttpResponse<String> answer = http.send(request, HttpResponse.BodyHandlers.ofString());
            JsonNode body = json.readTree(answer.body());
            if (answer.statusCode() >= 400) {
                throw new DemoException("%s %s answered %d: %s"
                        .formatted(request.method(), request.uri(), answer.statusCode(), body.path("detail")));
            }
            return body;
        } catch (IOException e) {
            throw new DemoException("%s could not be reached: %s".formatted(request.uri(), e.getMessage()));
        }
    }
}
