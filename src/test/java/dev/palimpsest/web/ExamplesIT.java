package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.palimpsest.support.WebTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpStatus;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import tools.jackson.databind.JsonNode;

/// The examples of the OpenAPI document, posted as they stand on a fresh installation.
@WebTest
class ExamplesIT {

    private static final Path FOLDER = Path.of("src/main/resources/examples");

    @Autowired
    MockMvcTester http;

    /// What the examples name is not there on a fresh installation, so a plan says which: nothing else may be
    /// wrong.
    @TestFactory
    Stream<DynamicTest> everyExampleIsUnderstood() throws IOException {
        return files().map(file -> DynamicTest.dynamicTest(name(file), () -> {
            MvcTestResult answer = post(file);
            if (answer.getResponse().getStatus() >= 400) {
                for (JsonNode fault : Answers.json(answer).get("errors")) {
                    assertThat(fault.get("code").asString())
                            .as(fault.toString())
                            .isIn("unknown_dataset", "unknown_backbone", "dataset_not_ready", "location_not_found");
                }
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> theFirstExampleOfEachPostSucceeds() throws IOException, InterruptedException {
        assumeTrue(demoIsReady(), "needs the bundled demo_shapes and demo_vit");
        return files().filter(file -> name(file).matches("(plan|create)(Experiment|Dataset)\\.1-.*"))
                .map(file -> DynamicTest.dynamicTest(name(file), () -> {
                    MvcTestResult answer = post(file);
                    assertThat(HttpStatus.valueOf(answer.getResponse().getStatus())
                                    .is2xxSuccessful())
                            .as(answer.getResponse().getContentAsString())
                            .isTrue();
                }));
    }

    /// The bundled inputs are registered and checked soon after the start.
    private boolean demoIsReady() throws InterruptedException {
        if (http.get()
                        .uri("/api/v1/backbones/demo_vit")
                        .exchange()
                        .getResponse()
                        .getStatus()
                != 200) {
            return false;
        }
        for (String input : new String[] {"/api/v1/backbones/demo_vit", "/api/v1/datasets/demo_shapes"}) {
            Instant end = Instant.now().plusSeconds(60);
            while (!Answers.get(http, input).get("status").asString().equals("ready")) {
                assertThat(Instant.now()).as("%s should be ready", input).isBefore(end);
                Thread.sleep(100);
            }
        }
        return true;
    }

    private MvcTestResult post(Path file) throws IOException {
        String path = name(file).startsWith("plan")
                ? "/api/v1/plans"
                : name(file).startsWith("createExperiment")
                        ? "/api/v1/experiments"
                        : name(file).startsWith("createDataset") ? "/api/v1/datasets" : "/api/v1/backbones";
        MvcTestResult answer = Answers.post(http, path, Files.readString(file));
        if (path.equals("/api/v1/experiments") && answer.getResponse().getStatus() == 201) {
            // accepted is enough; training would keep the other tests waiting
            String id = Answers.json(answer).get("id").asString();
            assertThat(http.post().uri(path + "/" + id + "/cancel")).hasStatus2xxSuccessful();
        }
        return answer;
    }

    private static Stream<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            // what begins with a job or a checkpoint has its test where there is one
            return files
                    .filter(file -> !name(file).matches("(retryJob|createEvaluation)\\..*"))
                    .sorted()
                    .toList()
                    .stream();
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
