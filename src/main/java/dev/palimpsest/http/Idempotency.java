package dev.palimpsest.http;

import dev.palimpsest.settings.RequestRefusedException;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.json.JsonMapper;

/// Makes a creating request safe to repeat: the same key and body get the first answer again.
///
/// The key, the answer and what was created are one transaction, so a key never stands for something that is
/// not there, and a refusal leaves it free.
@Component
public class Idempotency {

    public static final String HEADER = "Idempotency-Key";
    public static final String REPLAYED = "Idempotent-Replayed";

    private static final Pattern KEY = Pattern.compile("[\\x21-\\x7e]([\\x20-\\x7e]{0,126}[\\x21-\\x7e])?");
    private static final Duration KEPT = Duration.ofHours(24);

    private final JdbcClient sql;
    private final TransactionTemplate transaction;
    private final JsonMapper json;
    private final Clock clock;

    Idempotency(JdbcClient sql, TransactionTemplate transaction, JsonMapper json, Clock clock) {
        this.sql = sql;
        this.transaction = transaction;
        this.json = json;
        this.clock = clock;
    }

    private record Request(String owner, String method, String path, String key) {

        /// A number for the database's lock on this key.
        long lock() {
            byte[] digest = Idempotency.digest(toString().getBytes(StandardCharsets.UTF_8));
            return ByteBuffer.wrap(digest).getLong();
        }
    }

    private record Stored(
            String bodySha256, int status, @Nullable String location, String body) {}

    /// Creates something, at most once for a key.
    ///
    /// @param body digest of what was sent
    /// @param type of the answer's body
    /// @param create makes it and answers; runs in one transaction with the key
    public <T> ResponseEntity<T> once(
            HttpServletRequest http, String body, Class<T> type, Supplier<ResponseEntity<T>> create) {
        String key = http.getHeader(HEADER);
        if (key == null) {
            return create.get();
        }
        var request = new Request(Wire.owner(http), http.getMethod(), http.getRequestURI(), bare(key));
        ResponseEntity<T> answer = transaction.execute(_ -> once(request, body, type, create));
        if (answer == null) {
            throw new IllegalStateException("a transaction gave no answer");
        }
        return answer;
    }

    /// The digest by which two bodies are told apart.
    public static String sha256(byte[] body) {
        return HexFormat.of().formatHex(digest(body));
    }

    private <T> ResponseEntity<T> once(
            Request request, String body, Class<T> type, Supplier<ResponseEntity<T>> create) {
        Boolean alone = sql.sql("select pg_try_advisory_xact_lock(:lock)")
                .param("lock", request.lock())
                .query(Boolean.class)
                .single();
        if (!alone) {
            throw new RequestRefusedException(
                    409, "request_in_progress", "", "A request with this key is still at work.");
        }
        Instant now = clock.instant();
        sql.sql("delete from idempotency_keys where created_at < :oldest")
                .param("oldest", Timestamp.from(now.minus(KEPT)))
                .update();
        Optional<Stored> known = find(request);
        if (known.isPresent()) {
            return replay(known.get(), body, type);
        }
        // an upload is received in here
        sql.sql("set local idle_in_transaction_session_timeout = 0").update();
        ResponseEntity<T> answer = create.get();
        if (answer.getStatusCode().is2xxSuccessful()) {
            store(request, body, answer, now);
        }
        return answer;
    }

    private <T> ResponseEntity<T> replay(Stored stored, String body, Class<T> type) {
        if (!stored.bodySha256().equals(body)) {
            throw new RequestRefusedException(
                    422, "idempotency_key_reused", "", "The key was used for a request with another body.");
        }
        var answer =
                ResponseEntity.status(HttpStatusCode.valueOf(stored.status())).header(REPLAYED, "true");
        if (stored.location() != null) {
            answer.header(HttpHeaders.LOCATION, stored.location());
        }
        return answer.body(json.readValue(stored.body(), type));
    }

    private Optional<Stored> find(Request request) {
        return sql.sql("""
                select body_sha256, status, location, body
                  from idempotency_keys
                 where owner = :owner and method = :method and path = :path and key = :key""")
                .paramSource(request)
                .query((row, _) -> new Stored(
                        row.getString("body_sha256"),
                        row.getInt("status"),
                        row.getString("location"),
                        row.getString("body")))
                .optional();
    }

    private void store(Request request, String body, ResponseEntity<?> answer, Instant now) {
        sql.sql("""
                insert into idempotency_keys
                       (owner, method, path, key, body_sha256, status, location, body, created_at)
                values (:owner, :method, :path, :key, :sha256, :status, :location, :body, :at)""")
                .param("owner", request.owner())
                .param("method", request.method())
                .param("path", request.path())
                .param("key", request.key())
                .param("sha256", body)
                .param("status", answer.getStatusCode().value())
                .param("location", answer.getHeaders().getFirst(HttpHeaders.LOCATION))
                .param("body", json.writeValueAsString(answer.getBody()))
                .param("at", Timestamp.from(now))
                .update();
    }

    /// Clients may send the key as a quoted string.
    private static String bare(String header) {
        boolean quoted = header.length() > 2 && header.startsWith("\"") && header.endsWith("\"");
        String key = quoted ? header.substring(1, header.length() - 1) : header;
        if (!KEY.matcher(key).matches()) {
            throw new RequestRefusedException(
                    400, "invalid_header", "", HEADER + " must be 1..128 printable ASCII characters.");
        }
        return key;
    }

    private static byte[] digest(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
