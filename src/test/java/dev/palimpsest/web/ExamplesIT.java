package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.WebTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;
import tools.jackson.databind.JsonNode;

/// The examples of the OpenAPI document, posted as they stand on a fresh installation: each succeeds, or says
/// what it needs and lacks nothing else.
@WebTest
class ExamplesIT {

    private static final Path FOLDER = Path.of("src/main/resources/examples");

    @Autowired
    MockMvcTester http;

    @TestFactory
    Stream<DynamicTest> everyExampleSucceedsOrSaysWhatItNeeds() throws IOException {
        return files().stream()
                .map(file -> DynamicTest.dynamicTest(name(file), () -> {
                    MvcTestResult answer = post(file);

                    if (Files.notExists(needs(file))) {
                        assertThat(answer.getResponse().getStatus())
                                .as(answer.getResponse().getContentAsString())
                                .isBetween(200, 299);
                        return;
                    }
                    assertThat(answer).hasStatus(422);
                    for (JsonNode fault : Answers.json(answer).get("errors")) {
                        assertThat(fault.get("code").asString())
                                .as(fault.toString())
                                .isIn("unknown_dataset", "unknown_backbone", "location_not_found");
                        assertThat(Files.readString(needs(file)))
                                .as("what is missing is named")
                                .contains(fault.get("detail").asString().split("'", -1)[1]);
                    }
                }));
    }

    /// Of registering weights there is none: those that are there need no registering.
    @Test
    void theFirstExampleOfEachPostNeedsNothing() throws IOException {
        assertThat(files())
                .filteredOn(file -> name(file).contains(".1-"))
                .filteredOn(file -> Files.exists(needs(file)))
                .extracting(ExamplesIT::name)
                .containsExactly("createBackbone.1-weights.json");
    }

    private static Path needs(Path example) {
        return example.resolveSibling(name(example).replace(".json", ".md"));
    }

    private MvcTestResult post(Path file) throws IOException {
        String path = "/api/v1/"
                + switch (name(file).split("\\.", -1)[0]) {
                    case "planExperiment" -> "plans";
                    case "createExperiment" -> "experiments";
                    case "createDataset" -> "datasets";
                    case "createBackbone" -> "backbones";
                    default -> throw new IllegalStateException("no path for " + file);
                };
        MvcTestResult answer = Answers.post(http, path, Files.readString(file));
        if (path.endsWith("experiments") && answer.getResponse().getStatus() == 201) {
            // accepted is enough; training would keep the other tests waiting
            String id = Answers.json(answer).get("id").asString();
            assertThat(http.post().uri(path + "/" + id + "/cancel")).hasStatus2xxSuccessful();
        }
        return answer;
    }

    private static List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(FOLDER)) {
            // what begins with a job or a checkpoint has its test where there is one
            return files.filter(file -> name(file).endsWith(".json"))
                    .filter(file -> !name(file).matches("(retryJob|createEvaluation|createMerge)\\..*"))
                    .sorted()
                    .toList();
        }
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName());
    }
}
