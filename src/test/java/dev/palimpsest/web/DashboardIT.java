package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.springframework.test.web.servlet.request.MockMvcRequestBuilders.get;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.forwardedUrl;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.header;
import static org.springframework.test.web.servlet.result.MockMvcResultMatchers.status;

import dev.palimpsest.support.DashboardFiles;
import dev.palimpsest.support.WebTest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.web.servlet.MockMvc;

/// How the dashboard is served: its files, the ways there, the policy, what a browser may keep.
@WebTest
class DashboardIT {

    private static final Map<String, String> TYPES =
            Map.of("html", "text/html", "js", "text/javascript", "css", "text/css", "svg", "image/svg+xml");

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @LocalServerPort
    int port;

    @Autowired
    MockMvc mvc;

    @Test
    void everyFileIsServedWithItsTypeUnderTheStrictPolicy() throws Exception {
        List<String> files = DashboardFiles.names();

        assertThat(files).hasSizeGreaterThan(20);
        for (String file : files) {
            HttpResponse<String> answer = ask("/ui/" + file, Map.of());
            assertThat(answer.statusCode()).as(file).isEqualTo(200);
            assertThat(first(answer, "Content-Type"))
                    .as(file)
                    .startsWith(TYPES.get(file.substring(file.lastIndexOf('.') + 1)));
            assertThat(first(answer, "Content-Security-Policy"))
                    .as(file)
                    .isEqualTo("default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
                            + "form-action 'self'; frame-ancestors 'none'");
            assertThat(first(answer, "X-Content-Type-Options")).isEqualTo("nosniff");
            assertThat(first(answer, "Referrer-Policy")).isEqualTo("no-referrer");
        }
    }

    @Test
    void thePageIsTheIndexAndTheChartsComeFromThePackage() throws Exception {
        assertThat(ask("/ui/", Map.of()).body())
                .isEqualTo(ask("/ui/index.html", Map.of()).body());
        assertThat(ask("/ui/vendor/echarts/echarts.esm.min.js", Map.of()).body())
                .startsWith("\n/*\n* Licensed to the Apache Software Foundation");
        assertThat(ask("/ui/vendor/echarts/LICENSE", Map.of()).statusCode()).isEqualTo(200);
    }

    @Test
    void aBrowserIsSentThereByRelativeAddresses() throws Exception {
        Map<String, String> browser = Map.of("Accept", "text/html,application/xhtml+xml,*/*;q=0.8");

        for (String path : List.of("/", "/ui")) {
            HttpResponse<String> answer = ask(path, browser);
            assertThat(answer.statusCode()).isEqualTo(302);
            assertThat(first(answer, "Location")).isEqualTo("ui/");
        }
    }

    @Test
    void aFileIsAskedForAgainAndNotSentWhileItIsTheSame() throws Exception {
        HttpResponse<String> whole = ask("/ui/js/main.js", Map.of());
        assertThat(first(whole, "Cache-Control")).isEqualTo("no-cache");
        assertThat(first(whole, "ETag")).matches("\"[0-9a-f]{32}\"");
        assertThat(whole.headers().firstValue("Last-Modified")).isEmpty();

        HttpResponse<String> again = ask("/ui/js/main.js", Map.of("If-None-Match", first(whole, "ETag")));
        assertThat(again.statusCode()).isEqualTo(304);
        assertThat(again.body()).isEmpty();

        assertThat(first(ask("/ui/style.css", Map.of()), "ETag")).isNotEqualTo(first(whole, "ETag"));
    }

    @Test
    void whatIsNoFileOfTheDashboardIsNotFound() throws Exception {
        for (String path :
                List.of("/ui/nothing.js", "/ui/../application.yaml", "/ui/js/", "/ui/%2e%2e/application.yaml")) {
            assertThat(ask(path, Map.of()).statusCode()).as(path).isIn(400, 404);
        }
    }

    @Test
    void belowAPrefixEverythingIsWhereItWas() throws Exception {
        mvc.perform(get("/lab/").contextPath("/lab"))
                .andExpect(status().isFound())
                .andExpect(header().string("Location", "ui/"));
        mvc.perform(get("/lab/ui/").contextPath("/lab")).andExpect(forwardedUrl("/ui/index.html"));
        mvc.perform(get("/lab/ui/js/main.js").contextPath("/lab"))
                .andExpect(status().isOk())
                .andExpect(header().string("Cache-Control", "no-cache"));
        mvc.perform(get("/lab/swagger-ui/index.html").contextPath("/lab"))
                .andExpect(header().string(
                                "Content-Security-Policy",
                                org.hamcrest.Matchers.containsString("style-src 'self' 'unsafe-inline'")));
        mvc.perform(get("/lab/api/v1/queue").contextPath("/lab"))
                .andExpect(status().isOk())
                .andExpect(header().exists("ETag"));
    }

    private HttpResponse<String> ask(String path, Map<String, String> headers)
            throws IOException, InterruptedException {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
        headers.forEach(request::header);
        return HTTP.send(request.build(), BodyHandlers.ofString());
    }

    private static String first(HttpResponse<?> answer, String header) {
        return answer.headers().firstValue(header).orElse("");
    }
}
