package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.palimpsest.support.Api;
import dev.palimpsest.support.Api.Answer;
import dev.palimpsest.support.Api.Part;
import dev.palimpsest.support.ServiceTest;
import dev.palimpsest.support.TinyInputs;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Data sets by path and as uploads, good and refused; and what the catalogue always holds.
@ServiceTest
@ExtendWith(OutputCaptureExtension.class)
@Tag("web")
class CatalogueIT {

    private static final Duration SOON = Duration.ofSeconds(30);
    private static final Path HOME = Path.of("target/test-home");
    private static final Path ROOT = HOME.resolve("import");

    @LocalServerPort
    int port;

    private Api api = new Api(0);

    @BeforeEach
    void connect() {
        api = new Api(port);
    }

    @AfterEach
    void disconnect() {
        api.close();
    }

    @Test
    void methodsComeWithSchemaTraitsAndRecipe() {
        JsonNode list = api.get("/methods").body();
        JsonNode lorac = api.get("/methods/lorac_ipc").body();

        assertThat(list.path("data"))
                .extracting(method -> method.path("name").stringValue(""))
                .contains("lorac_ipc");
        assertThat(lorac.at("/settings_schema/properties/rank/maximum").intValue())
                .isEqualTo(256);
        assertThat(lorac.at("/traits/infers_task").booleanValue()).isTrue();
        assertThat(lorac.at("/training_defaults/optimizer/name").stringValue(""))
                .isEqualTo("adam");
        assertThat(api.get("/methods/nearest_class_mean")
                        .body()
                        .get("training_defaults")
                        .isNull())
                .isTrue();
        assertThat(api.get("/methods/lorac").status()).isEqualTo(404);
        JsonNode preset = lorac.at("/presets/0");
        assertThat(preset.path("name").stringValue("")).isEqualTo("lorac_ipc/split_cifar100_augreg");
        assertThat(preset.at("/request/method/rank").intValue()).isEqualTo(16);
        assertThat(preset.at("/published/0/metric").stringValue("")).isEqualTo("final_accuracy");
        assertThat(preset.at("/published/0/mean").doubleValue()).isEqualTo(92.08);
        assertThat(preset.at("/warnings/0/code").stringValue("")).isEqualTo("published_settings_uncertain");
        assertThat(preset.path("measured").isArray()).isTrue();
    }

    @Test
    void theDrawnDataSetIsAlwaysThere() {
        JsonNode shapes = api.get("/datasets/demo_shapes").body();

        assertThat(shapes.path("status").stringValue("")).isEqualTo("ready");
        assertThat(shapes.path("kind").stringValue("")).isEqualTo("synthetic");
        assertThat(shapes.path("class_count").intValue()).isPositive();
    }

    @Test
    void aZipInARootIsCheckedAndReadyAndTheSamePostAgainChangesNothing() throws IOException {
        place("ok.zip", TinyInputs.pictures(4, 3, 2, 1));
        ObjectNode request = Api.json("{\"id\": \"by_path\", \"location\": \"ok.zip\"}");

        Answer first = api.post("/datasets", request);
        JsonNode ready = api.awaitStatus("/datasets/by_path", Set.of("ready"), SOON);
        Answer again = api.post("/datasets", request);

        assertThat(first.status()).isEqualTo(202);
        assertThat(first.location()).isEqualTo("/api/v1/datasets/by_path");
        assertThat(first.body().path("status").stringValue("")).isEqualTo("checking");
        assertThat(ready.path("train_images").intValue()).isEqualTo(12);
        assertThat(ready.at("/width/max").intValue()).isEqualTo(32);
        assertThat(ready.path("sha256").stringValue("")).hasSize(64);
        assertThat(again.status()).isEqualTo(200);
    }

    @Test
    void anUploadGivesTheSameAsAPathAndIsKeptUnderItsDigest() throws IOException {
        byte[] zip = TinyInputs.pictures(2, 2, 1, 2);
        ObjectNode description = Api.json("{\"id\": \"uploaded\"}");

        Answer first = api.upload("/datasets", List.of(Part.json("dataset", description), Part.file(zip)));
        JsonNode ready = api.awaitStatus("/datasets/uploaded", Set.of("ready"), SOON);

        assertThat(first.status()).as(first.details()).isEqualTo(202);
        assertThat(HOME.resolve("datasets").resolve(ready.path("sha256").stringValue("") + ".zip"))
                .hasBinaryContent(zip);
    }

    @Test
    void aRefusedUploadLeavesNothingBehind() throws IOException {
        byte[] cut = Arrays.copyOf(TinyInputs.pictures(2, 2, 1, 3), 400);
        ObjectNode description = Api.json("{\"id\": \"cut_short\"}");
        Path folder = Files.createDirectories(HOME.resolve("datasets"));
        long before = files(folder);

        Answer refused = api.upload("/datasets", List.of(Part.json("dataset", description), Part.file(cut)));
        Answer oneTooMany = api.upload(
                "/datasets",
                List.of(Part.json("dataset", description), Part.file(cut), Part.json("more", description)));
        Answer noFile = api.upload("/datasets", List.of(Part.json("dataset", description)));

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.codes()).containsExactly("invalid_archive file");
        assertThat(oneTooMany.codes()).containsExactly("unknown_field more");
        assertThat(noFile.codes()).containsExactly("missing_field file");
        assertThat(files(folder)).isEqualTo(before);
        assertThat(api.get("/datasets/cut_short").status()).isEqualTo(404);
    }

    @Test
    void anUploadThatIsCutOffLeavesNothingBehind(CapturedOutput log) throws IOException {
        byte[] zip = TinyInputs.pictures(2, 2, 1, 8);
        List<Part> parts = List.of(Part.json("dataset", Api.json("{\"id\": \"cut_off\"}")), Part.file(zip));
        Path folder = Files.createDirectories(HOME.resolve("datasets"));
        long before = files(folder);

        String brokenOff = api.uploadBrokenOff("/datasets", parts, zip.length / 2);
        Answer inTheFile = api.uploadShort("/datasets", parts, zip.length / 2);
        Answer beforeTheLastBoundary = api.uploadShort("/datasets", parts, 10);

        assertThat(brokenOff).startsWith("HTTP/1.1 400 ").contains("\"invalid_parameter\"");
        for (Answer refused : List.of(inTheFile, beforeTheLastBoundary)) {
            assertThat(refused.status()).isEqualTo(400);
            assertThat(refused.codes()).containsExactly("invalid_parameter ");
            assertThat(refused.details()).contains("The multipart body is not complete.");
        }
        assertThat(log).as("nothing is wrong here").doesNotContain("uri=/api/v1/datasets failed");
        assertThat(api.get("/datasets/cut_off").status()).isEqualTo(404);
        assertThat(files(folder)).isEqualTo(before);
        await("the container removes what arrived").until(() -> files(HOME.resolve("uploads")) == 0);
    }

    @Test
    void anUploadAboveTheLimitIsRefusedAndLeavesNothingBehind() throws IOException {
        List<Part> parts =
                List.of(Part.json("backbone", Api.json("{\"id\": \"too_large\"}")), Part.file(new byte[1_500_000]));
        Path folder = Files.createDirectories(HOME.resolve("backbones"));
        long before = files(folder);

        Answer refused = api.upload("/backbones", parts);

        assertThat(refused.status()).isEqualTo(413);
        assertThat(refused.body().path("code").stringValue("")).isEqualTo("body_too_large");
        assertThat(refused.body().path("detail").stringValue(""))
                .contains("1048576 bytes (palimpsest.limits.upload-size)");
        assertThat(api.get("/backbones/too_large").status()).isEqualTo(404);
        assertThat(files(folder)).isEqualTo(before);
        await("the container removes what arrived").until(() -> files(HOME.resolve("uploads")) == 0);
    }

    @Test
    void anImageThatDoesNotDecodeMakesTheDataSetInvalidWithTheFileNamedAndItMayBePostedAgain() throws IOException {
        Map<String, byte[]> entries = new LinkedHashMap<>(TinyInputs.entries(2, 2, 1, 4));
        entries.put("train/class_1/broken.png", "no picture".getBytes(StandardCharsets.UTF_8));
        place("broken.zip", TinyInputs.zip(entries));
        place("mended.zip", TinyInputs.pictures(2, 2, 1, 4));

        api.post("/datasets", Api.json("{\"id\": \"broken\", \"location\": \"broken.zip\"}"));
        JsonNode invalid = api.awaitStatus("/datasets/broken", Set.of("invalid"), SOON);
        Answer mended = api.post("/datasets", Api.json("{\"id\": \"broken\", \"location\": \"mended.zip\"}"));

        assertThat(invalid.path("checks").toString()).contains("train/class_1/broken.png");
        assertThat(mended.status()).isEqualTo(202);
        api.awaitStatus("/datasets/broken", Set.of("ready"), SOON);
    }

    @Test
    void aTakenIdWithOtherContentIsAConflict() throws IOException {
        place("one.zip", TinyInputs.pictures(2, 1, 1, 5));
        place("other.zip", TinyInputs.pictures(2, 1, 1, 6));
        api.post("/datasets", Api.json("{\"id\": \"taken\", \"location\": \"one.zip\"}"));
        api.awaitStatus("/datasets/taken", Set.of("ready"), SOON);

        Answer other = api.post("/datasets", Api.json("{\"id\": \"taken\", \"location\": \"other.zip\"}"));

        assertThat(other.status()).isEqualTo(409);
        assertThat(other.body().path("code").stringValue("")).isEqualTo("name_taken");
    }

    @Test
    void nothingOutsideTheRootsIsOpened() throws IOException {
        Path outside = Files.createDirectories(HOME.resolve("outside"));
        Files.write(outside.resolve("secret.zip"), TinyInputs.pictures(2, 1, 1, 7));
        Files.createDirectories(ROOT);
        Path link = ROOT.resolve("link.zip");
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, outside.resolve("secret.zip").toAbsolutePath());

        for (String location :
                List.of("/etc/passwd", "../outside/secret.zip", "a/../../outside/secret.zip", "link.zip")) {
            ObjectNode request = Api.json("{\"id\": \"outside\"}").put("location", location);
            assertThat(api.post("/datasets", request).codes())
                    .as(location)
                    .containsExactly("location_outside_roots location");
            assertThat(api.post("/backbones", request).codes())
                    .as(location)
                    .containsExactly("location_outside_roots location");
        }
        assertThat(api.post("/datasets", Api.json("{\"id\": \"outside\", \"location\": \"nowhere.zip\"}"))
                        .codes())
                .containsExactly("location_not_found location");
        assertThat(api.get("/datasets/outside").status()).isEqualTo(404);
        assertThat(api.get("/backbones/outside").status()).isEqualTo(404);
    }

    @Test
    void allFaultsOfADescriptionComeAtOnce() {
        ObjectNode request = Api.json("""
                {"id": "Bad Id", "layuot": "split/class", "layout": "splitclass", "location": 5, "citation": null}""");

        Answer refused = api.post("/datasets", request);

        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.codes())
                .containsExactlyInAnyOrder("unknown_field layuot", "not_one_of layout", "wrong_type location");
        assertThat(refused.details()).contains("Did you mean 'layout'?");
    }

    private static void place(String name, byte[] content) throws IOException {
        Files.createDirectories(ROOT);
        Files.write(ROOT.resolve(name), content);
    }

    private static long files(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.count();
        }
    }
}
