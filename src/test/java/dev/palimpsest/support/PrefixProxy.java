package dev.palimpsest.support;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// Serves a service below a prefix and takes the prefix off, as proxies of companies do. It can want a key, and
/// answer some paths itself.
public final class PrefixProxy implements AutoCloseable {

    private static final String PREFIX = "/lab/palimpsest";
    private static final Set<String> KEPT_BY_THE_CLIENT =
            Set.of("host", "connection", "upgrade", "content-length", "http2-settings");

    private final HttpClient client = HttpClient.newHttpClient();
    private final HttpServer server;
    private final int port;
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final Map<String, Answer> own = new ConcurrentHashMap<>();
    private volatile @Nullable String key;

    /// An answer of the proxy's own.
    public record Answer(String type, String body) {}

    public PrefixProxy(int port) throws IOException {
        this.port = port;
        this.server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /// Where the service is, with a slash at its end.
    public String address() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + PREFIX + "/";
    }

    /// From now on the interface answers only to this key.
    public void want(String wanted) {
        key = wanted;
    }

    /// Answers a path below the prefix itself.
    public void answer(String path, Answer answer) {
        own.put(path, answer);
    }

    /// Every address that was asked for, query included.
    public List<String> asked() {
        return List.copyOf(asked);
    }

    private void handle(HttpExchange exchange) throws IOException {
        URI uri = exchange.getRequestURI();
        asked.add(uri.toString());
        try (exchange) {
            String path = uri.getRawPath();
            if (!path.startsWith(PREFIX + "/")) {
                say(exchange, 404, new Answer("text/plain", "outside of the prefix"));
                return;
            }
            String inside = path.substring(PREFIX.length());
            String wanted = key;
            if (wanted != null
                    && inside.startsWith("/api/")
                    && !wanted.equals(exchange.getRequestHeaders().getFirst("X-API-Key"))) {
                say(exchange, 401, new Answer("application/problem+json", "{\"detail\": \"Send a valid key.\"}"));
                return;
            }
            Answer answer = own.get(inside);
            if (answer != null) {
                say(exchange, 200, answer);
                return;
            }
            pass(exchange, inside + (uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void say(HttpExchange exchange, int status, Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", answer.type());
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }

    private void pass(HttpExchange exchange, String target) throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + target));
        exchange.getRequestHeaders().forEach((name, values) -> {
            boolean checkedHere = name.equalsIgnoreCase("X-API-Key"); // the service behind knows no keys
            if (!checkedHere && !KEPT_BY_THE_CLIENT.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
            }
        });
        byte[] body = exchange.getRequestBody().readAllBytes();
        request.method(
                exchange.getRequestMethod(),
                body.length == 0 ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofByteArray(body));
        HttpResponse<InputStream> answer = client.send(request.build(), BodyHandlers.ofInputStream());
        answer.headers().map().forEach((name, values) -> {
            if (!name.startsWith(":") && !name.equalsIgnoreCase("transfer-encoding")) {
                exchange.getResponseHeaders().put(name, values);
            }
        });
        boolean empty = answer.statusCode() == 204 || answer.statusCode() == 304;
        exchange.sendResponseHeaders(answer.statusCode(), empty ? -1 : 0);
        try (InputStream from = answer.body();
                OutputStream to = exchange.getResponseBody()) {
            byte[] piece = new byte[8192];
            for (int read = from.read(piece); read >= 0; read = from.read(piece)) {
                to.write(piece, 0, read);
                to.flush(); // a stream of events must not wait
            }
        }
    }

    @Override
    public void close() {
        server.stop(0);
        client.shutdownNow();
    }
}
