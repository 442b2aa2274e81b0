package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.WebTest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.context.TestPropertySource;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

/// A service whose disk has no room for the pictures of a task.
@WebTest
@TestPropertySource(
        properties = {
            "palimpsest.home=target/test-room-home",
            "palimpsest.engine.image-store-size=1KB",
            "palimpsest.storage.min-free=1000000TB"
        })
class PictureRoomIT {

    @Autowired
    MockMvcTester http;

    @Test
    void aPlanThatCannotFitIsRefusedBeforeAnythingIsQueued() throws IOException {
        String request = Files.readString(Path.of("src/main/resources/examples/createExperiment.1-first-run.json"));

        for (String path : new String[] {"/api/v1/plans", "/api/v1/experiments"}) {
            var refused = Answers.post(http, path, request);

            assertThat(refused).hasStatus(422);
            assertThat(Answers.json(refused).get("code").asString()).isEqualTo("not_enough_disk");
            assertThat(Answers.json(refused).get("detail").asString())
                    .contains("1024 (palimpsest.engine.image-store-size)", "palimpsest.storage.min-free");
        }
        assertThat(Answers.get(http, "/api/v1/experiments").get("data")).isEmpty();
        assertThat(Answers.get(http, "/api/v1/jobs").get("data")).isEmpty();
    }
}
