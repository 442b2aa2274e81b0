package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/// A preset that was run as it stands shows what came of it; one that was changed does not.
@ServiceTest
@Tag("engine")
class PresetMeasurementsIT {

    private static final Path ROOT = Path.of("target/test-home/import");
    private static final Duration SOON = Duration.ofSeconds(90);

    @LocalServerPort
    int port;

    private Api api = new Api(0);

    @BeforeEach
    void connect() throws IOException {
        api = new Api(port);
        Files.createDirectories(ROOT);
        Files.write(ROOT.resolve("presets.safetensors"), TinyInputs.weights(31));
        api.post("/backbones", Api.json("{\"id\": \"presets_vit\", \"location\": \"presets.safetensors\"}"));
        api.post("/datasets", Api.json("""
                {"kind": "synthetic", "id": "presets_shapes", "classes": 10, "train_per_class": 2,
                 "test_per_class": 1, "image_size": 16, "seed": 3}"""));
        api.awaitStatus("/backbones/presets_vit", Set.of("ready"), SOON);
        api.awaitStatus("/datasets/presets_shapes", Set.of("ready"), SOON);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    private String finished(String more) {
        Answer created = api.post("/experiments", Api.json("""
                {"preset": "nearest_class_mean/split_cifar100", "dataset_id": "presets_shapes",
                 "backbone_id": "presets_vit", "device": "cpu"%s}""".formatted(more)));
        assertThat(created.status()).as(created.details()).isEqualTo(201);
        for (JsonNode job : created.body().path("jobs")) {
            api.awaitStatus("/jobs/" + job.path("id").stringValue(""), Set.of("succeeded"), SOON);
        }
        return created.body().path("id").stringValue("");
    }

    @Test
    void whatWasMeasuredUnderAPresetStandsBesideWhatWasPublished() {
        String same = finished(", \"seeds\": [1, 2]");
        finished(", \"split\": {\"task_count\": 5}");

        JsonNode preset = api.get("/methods/nearest_class_mean").body().at("/presets/0");

        JsonNode measured = preset.path("measured");
        assertThat(measured).hasSize(preset.path("published").size());
        assertThat(measured).allSatisfy(one -> {
            assertThat(one.path("experiment_id").stringValue("")).isEqualTo(same);
            assertThat(one.path("dataset_id").stringValue("")).isEqualTo("presets_shapes");
            assertThat(one.path("runs").intValue()).isEqualTo(2);
            assertThat(one.path("sd").isNumber()).isTrue();
        });
        JsonNode summary = api.get("/experiments/" + same + "/summary").body();
        assertThat(measured.at("/0/mean")).isEqualTo(summary.at("/points/0/metrics/0/mean"));
    }
}
