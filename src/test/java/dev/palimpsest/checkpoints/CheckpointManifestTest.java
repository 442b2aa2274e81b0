package dev.palimpsest.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

class CheckpointManifestTest {

    private static final CheckpointKey KEY = new CheckpointKey("job_1", 2, "ckpt_a");

    @Test
    void whatIsWrittenIsReadAgain() {
        var manifest = Manifests.of(KEY).withFiles(List.of(new StoredFile("heads.safetensors", 5, "aa")));

        assertThat(CheckpointManifest.fromJson(manifest.toJson())).isEqualTo(manifest);
    }

    @Test
    void itReadsLikeAnAnswer() {
        var json = new String(Manifests.of(KEY).toJson(), StandardCharsets.UTF_8).replaceAll("\\s+", " ");

        assertThat(json)
                .startsWith(
                        "{ \"format_version\" : 3, \"checkpoint_id\" : \"ckpt_a\", \"job_id\" : \"job_1\", \"attempt\" : 2,")
                .contains("\"created_at\" : \"2026-11-21T09:21:02.000001Z\"")
                .contains("\"kind\" : \"in_task\", \"task\" : 2, \"epoch\" : 1, \"step\" : 41")
                .contains("{ \"label\" : \"pear\", \"task\" : 2, \"index\" : 1 }")
                .contains("\"random\" : { \"seed\" : 42 }")
                .contains("\"plan\" : { \"scenario\" : \"class_incremental\", \"seed\" : 42 }")
                .contains("\"resize\" : \"shorter_side\", \"resize_side\" : 36, \"filter\" : \"bicubic\"")
                .contains("\"feature_map\" : { \"kind\" : \"relu_projection\", \"width\" : 256 }")
                .contains("\"served_by\" : \"inferred_task\", \"scored_classes\" : 1")
                .contains("\"adapter\" : 1, \"coefficients\" : { \"fc1\" : [ 0.5, 0.25 ] }")
                .contains("\"images\" : [ 10, 20 ], \"correct\" : [ null, 18 ]");
    }

    @Test
    void aManifestThatDoesNotSayHowLongItTrainedIsRead() {
        var json = new String(Manifests.of(KEY).toJson(), StandardCharsets.UTF_8);
        var older = json.replaceAll("\\s*\"train_seconds\" : 2.5,", "");

        assertThat(older).isNotEqualTo(json);
        assertThat(read(older).trainSeconds()).isNull();
        assertThat(read(json).trainSeconds()).isEqualTo(2.5);
    }

    @Test
    void aManifestThatKnowsNoMapOfFeaturesHasNone() {
        var json = new String(Manifests.of(KEY).toJson(), StandardCharsets.UTF_8);
        var older = json.replaceAll("\\s*\"feature_map\" : \\{[^}]*},", "");

        assertThat(older).isNotEqualTo(json);
        older = older.replace("\"format_version\" : 3", "\"format_version\" : 2");
        assertThat(Objects.requireNonNull(read(older).model()).featureMap()).isNull();
        assertThat(Objects.requireNonNull(read(json).model()).featureMap())
                .isEqualTo(new ServedModel.FeatureMap(ServedModel.MapKind.RELU_PROJECTION, 256));
    }

    @Test
    void anotherFormatIsNotRead() {
        var json = new String(Manifests.of(KEY).toJson(), StandardCharsets.UTF_8);

        assertThatThrownBy(() -> read(json.replace("\"format_version\" : 3", "\"format_version\" : 4")))
                .hasMessageContaining("format_version must be 1..3, got 4");
        assertThatThrownBy(() -> read(json.replace("\"step\"", "\"steps\" : 1, \"step\"")))
                .hasMessageContaining("steps");
        assertThatThrownBy(() -> read("{}")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aManifestWithoutPlanOrModelIsOfFormat1() {
        var complete =
                (ObjectNode) JsonMapper.shared().readTree(Manifests.of(KEY).toJson());

        for (String field : List.of("plan", "model")) {
            var older = complete.deepCopy();
            older.remove(field);

            assertThatThrownBy(() -> read(older.toString()))
                    .hasMessageContaining("plan and model must be there from format_version 2 on");
            assertThat(read(older.put("format_version", 1).toString()).formatVersion())
                    .isEqualTo(1);
        }
    }

    @Test
    void aManifestWithADenseChangeIsOfFormat3() {
        var json = new String(Manifests.of(KEY).toJson(), StandardCharsets.UTF_8);
        var dense = json.replace("\"dense\" : null", "\"dense\" : { \"q\" : [ 0, 1 ] }");
        assertThat(dense).isNotEqualTo(json);

        assertThat(read(new String(read(dense).toJson(), StandardCharsets.UTF_8)))
                .isEqualTo(read(dense))
                .isNotEqualTo(read(json));
        assertThatThrownBy(() -> read(dense.replace("\"format_version\" : 3", "\"format_version\" : 2")))
                .hasMessageContaining("format_version must be at least 3 for a dense change, got 2");
    }

    @Test
    void aStoredCheckpointOfFormat1IsOpenedByteForByte(@TempDir Path root) throws IOException {
        var json = Files.readAllBytes(Path.of("src/test/resources/checkpoints/manifest-format-1.json"));
        var stored = CheckpointManifest.fromJson(json);
        var folder = Files.createDirectories(root.resolve(stored.key().toString()));
        Files.write(folder.resolve(CheckpointManifest.FILE), json);

        var opened = new LocalCheckpointStore(root, 0).open(stored.key());

        assertThat(opened.manifest()).isEqualTo(stored);
        assertThat(stored.formatVersion()).isEqualTo(1);
        assertThat(stored.plan()).isNull();
        assertThat(stored.model()).isNull();
        assertThat(stored.random().seed()).isZero();
        assertThat(stored.counts()).hasSize(15);
        try (var in = opened.read(CheckpointManifest.FILE)) {
            assertThat(in.readAllBytes()).isEqualTo(json);
        }
    }

    @Test
    void aKeyIsAPlaceBelowTheStoresFolder() {
        assertThat(KEY).hasToString("job_1/2/ckpt_a");
        assertThatThrownBy(() -> new CheckpointKey("..", 1, "a")).hasMessageContaining("job id must match");
        assertThatThrownBy(() -> new CheckpointKey("a", 1, "b/c")).hasMessageContaining("checkpoint id must match");
        assertThatThrownBy(() -> new CheckpointKey("a", 0, "b")).hasMessage("attempt must be at least 1, got 0");
    }

    @Test
    void aDigestIsTakenWhileCopying() throws IOException {
        var out = new ByteArrayOutputStream();

        // the digest of "abc" is the first example of FIPS 180-2
        var file = Digests.copy("abc", new ByteArrayInputStream("abc".getBytes(StandardCharsets.UTF_8)), out);

        assertThat(out).hasToString("abc");
        assertThat(file)
                .isEqualTo(
                        new StoredFile("abc", 3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    }

    @Test
    void theCombinedDigestDoesNotDependOnTheOrder() {
        var a = new StoredFile("a", 1, "11");
        var b = new StoredFile("b", 2, "22");

        assertThat(Digests.combined(List.of(b, a)))
                .isEqualTo(Digests.combined(List.of(a, b)))
                // printf 'a, 1, 11\nb, 2, 22\n' | sha256sum
                .isEqualTo("3b43b88cd3618cd55469ca2123bf01853eaf21b1099e2971b52162b1df943558");
    }

    private static CheckpointManifest read(String json) {
        return CheckpointManifest.fromJson(json.getBytes(StandardCharsets.UTF_8));
    }
}
