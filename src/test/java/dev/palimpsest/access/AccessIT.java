package dev.palimpsest.access;

import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.post;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.content;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.jsonPath;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.webmvc.test.autoconfigure.AutoConfigureMockMvc;
import org.springframework.http.HttpMethod;
import org.springframework.http.MediaType;
import org.springframework.security.oauth2.jwt.JwtClaimsSet;
import org.springframework.security.oauth2.jwt.JwtEncoderParameters;
import org.springframework.security.oauth2.jwt.NimbusJwtEncoder;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.web.servlet.MockMvc;
import org.springframework.test.web.servlet.request.MockMvcRequestBuilders;

/// Each role at each kind of door, with keys and with tokens of a small issuer.
@SpringBootTest(
        classes = Doors.class,
        properties = {
            // digests of the secrets "read", "submit" and "admin"
            "palimpsest.access.api-keys[0].id=reader00",
            "palimpsest.access.api-keys[0].role=read",
            "palimpsest.access.api-keys[0].sha256=3316348dbadfb7b11c7c2ea235949419e23f9fa898ad2c198f999617912a9925",
            "palimpsest.access.api-keys[1].id=submit00",
            "palimpsest.access.api-keys[1].role=submit",
            "palimpsest.access.api-keys[1].sha256=75490bd7b93e6fa7d18cfdea90cc6bcb983d5f3ea326249d2709ca6c94bc07ba",
            "palimpsest.access.api-keys[2].id=admin000",
            "palimpsest.access.api-keys[2].role=admin",
            "palimpsest.access.api-keys[2].sha256=8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918",
            "palimpsest.access.audience=palimpsest",
            "server.address=0.0.0.0"
        })
@AutoConfigureMockMvc
@Tag("web")
class AccessIT {

    private static final Issuer ISSUER = Issuer.start();

    @Autowired
    MockMvc http;

    @DynamicPropertySource
    static void issuer(DynamicPropertyRegistry properties) {
        properties.add("palimpsest.access.issuer", ISSUER::uri);
    }

    @AfterAll
    static void stopIssuer() {
        ISSUER.server().stop(0);
    }

    @ParameterizedTest(name = "{0} with {2} at {1}: {3}")
    @CsvSource({
        "GET,  /api/v1/jobs,         plm_reader00_read,   200",
        "GET,  /api/v1/jobs,         plm_submit00_submit, 200",
        "GET,  /actuator/prometheus, plm_reader00_read,   200",
        "POST, /api/v1/experiments,  plm_reader00_read,   403",
        "POST, /api/v1/experiments,  plm_submit00_submit, 200",
        "POST, /api/v1/backbones,    plm_submit00_submit, 403",
        "POST, /api/v1/backbones,    plm_admin000_admin,  200",
        "GET,  /api/v1/jobs,         plm_reader00_wrong,  401",
        "GET,  /api/v1/jobs,         plm_nobody00_read,   401",
        "GET,  /api/v1/jobs,         reader00,            401",
        "GET,  /page,                plm_reader00_wrong,  401",
    })
    void aKeyOpensWhatItsRoleMayOpen(String method, String path, String key, int status) throws Exception {
        http.perform(MockMvcRequestBuilders.request(HttpMethod.valueOf(method), path)
                        .header("X-API-Key", key))
                .andExpect(status().is(status));
    }

    @Test
    void theOwnerIsTheIdOfTheKey() throws Exception {
        http.perform(get("/api/v1/jobs").header("X-API-Key", "plm_reader00_read"))
                .andExpect(content().string("key:reader00"));
    }

    @Test
    void withoutAKeyOnlyPagesAndHealthAreOpen() throws Exception {
        http.perform(get("/page")).andExpect(status().isOk());
        http.perform(get("/actuator/health")).andExpect(status().isOk());
        http.perform(get("/actuator/info")).andExpect(status().isOk());
        http.perform(get("/actuator/prometheus")).andExpect(status().isUnauthorized());
        http.perform(get("/api/v1/nothing")).andExpect(status().isUnauthorized());
        http.perform(get(URI.create("/%61pi/v1/jobs"))).andExpect(status().isUnauthorized());
    }

    @Test
    void refusalsAreProblems() throws Exception {
        http.perform(get("/api/v1/jobs"))
                .andExpect(content().contentTypeCompatibleWith(MediaType.APPLICATION_PROBLEM_JSON))
                .andExpect(header().stringValues(
                                "WWW-Authenticate", "ApiKey realm=\"palimpsest\"", "Bearer realm=\"palimpsest\""))
                .andExpect(jsonPath("$.type").value("urn:palimpsest:problem:not_authenticated"))
                .andExpect(jsonPath("$.code").value("not_authenticated"))
                .andExpect(jsonPath("$.instance").value("/api/v1/jobs"));
        http.perform(post("/api/v1/backbones").header("X-API-Key", "plm_submit00_submit"))
                .andExpect(content().contentTypeCompatibleWith(MediaType.APPLICATION_PROBLEM_JSON))
                .andExpect(jsonPath("$.status").value(403))
                .andExpect(jsonPath("$.code").value("not_allowed"))
                .andExpect(jsonPath("$.detail").value("This needs the role admin."));
    }

    @Test
    void aTokenOpensWhatItsScopeNames() throws Exception {
        String token = ISSUER.token("palimpsest", "openid palimpsest:submit");

        http.perform(get("/api/v1/jobs").header("Authorization", "Bearer " + token))
                .andExpect(content().string("ada"));
        http.perform(post("/api/v1/experiments").header("Authorization", "Bearer " + token))
                .andExpect(status().isOk());
        http.perform(post("/api/v1/backbones").header("Authorization", "Bearer " + token))
                .andExpect(status().isForbidden());
    }

    @Test
    void aTokenForSomebodyElseIsRefused() throws Exception {
        String token = ISSUER.token("another service", "palimpsest:admin");

        http.perform(get("/api/v1/jobs").header("Authorization", "Bearer " + token))
                .andExpect(status().isUnauthorized())
                .andExpect(jsonPath("$.code").value("not_authenticated"));
    }

    /// Publishes one key and signs tokens with it.
    private record Issuer(HttpServer server, RSAKey key) {

        static Issuer start() {
            try {
                RSAKey key = new RSAKeyGenerator(2048).keyID("one").generate();
                var address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
                var issuer = new Issuer(HttpServer.create(address, 0), key);
                issuer.publish("/.well-known/openid-configuration", """
                        {"issuer": "%1$s", "jwks_uri": "%1$s/keys", "subject_types_supported": ["public"]}""".formatted(issuer.uri()));
                issuer.publish("/keys", new JWKSet(key.toPublicJWK()).toString());
                issuer.server.start();
                return issuer;
            } catch (IOException | JOSEException e) {
                throw new IllegalStateException("The issuer did not start", e);
            }
        }

        String uri() {
            return "http://127.0.0.1:" + server.getAddress().getPort();
        }

        String token(String audience, String scope) {
            var claims = JwtClaimsSet.builder()
                    .issuer(uri())
                    .subject("ada")
                    .audience(List.of(audience))
                    .claim("scope", scope)
                    .expiresAt(Instant.now().plusSeconds(60))
                    .build();
            return new NimbusJwtEncoder(new ImmutableJWKSet<>(new JWKSet(key)))
                    .encode(JwtEncoderParameters.from(claims))
                    .getTokenValue();
        }

        private void publish(String path, String json) {
            server.createContext(path, exchange -> {
                byte[] body = json.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", "application/json");
                exchange.sendResponseHeaders(200, body.length);
                try (exchange) {
                    exchange.getResponseBody().write(body);
                }
            });
        }
    }
}
