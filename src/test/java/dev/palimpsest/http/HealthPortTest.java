package dev.palimpsest.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.boot.test.context.runner.WebApplicationContextRunner;
import org.springframework.core.env.PropertySource;
import org.springframework.core.io.ClassPathResource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.setup.MockMvcBuilders;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// What each role answers on its port.
class HealthPortTest {

    private static WebApplicationContextRunner with(String... files) {
        return new WebApplicationContextRunner()
                .withUserConfiguration(HealthPortFilter.class)
                .withInitializer(context -> {
                    for (String file : files) {
                        read(file).forEach(context.getEnvironment().getPropertySources()::addLast);
                    }
                });
    }

    private static List<PropertySource<?>> read(String file) {
        try {
            return new YamlPropertySourceLoader().load(file, new ClassPathResource(file));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    @RestController
    static class Rooms {

        @GetMapping({
            "/api/v1/jobs",
            "/v3/api-docs",
            "/swagger-ui/index.html",
            "/actuator/health",
            "/actuator/prometheus"
        })
        String open() {
            return "open";
        }
    }

    @Test
    void aWorkerAnswersHealthAndMetricsOnly() {
        with("application-worker.yaml", "application.yaml").run(context -> {
            var http = MockMvcTester.create(MockMvcBuilders.standaloneSetup(new Rooms())
                    .addFilters(context.getBean(HealthPortFilter.class))
                    .build());

            for (String open : List.of("/actuator/health", "/actuator/prometheus")) {
                assertThat(http.get().uri(open)).as(open).hasStatusOk();
            }
            for (String closed : List.of("/api/v1/jobs", "/v3/api-docs", "/swagger-ui/index.html", "/")) {
                assertThat(http.get().uri(closed)).as(closed).hasStatus(404);
            }
        });
    }

    @ParameterizedTest
    @ValueSource(strings = {"application.yaml", "application-api.yaml"})
    void theOthersAnswerEverything(String file) {
        with(file, "application.yaml").run(context -> assertThat(context).doesNotHaveBean(HealthPortFilter.class));
    }
}
