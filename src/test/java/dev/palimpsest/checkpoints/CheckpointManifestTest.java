package dev.palimpsest.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

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
                        "{ \"format_version\" : 1, \"checkpoint_id\" : \"ckpt_a\", \"job_id\" : \"job_1\", \"attempt\" : 2,")
                .contains("\"created_at\" : \"2026-11-21T09:21:02.000001Z\"")
                .contains("\"kind\" : \"in_task\", \"task\" : 2, \"epoch\" : 1, \"step\" : 41")
                .contains("{ \"label\" : \"pear\", \"task\" : 2, \"index\" : 1 }")
                .contains("\"streams\" : { \"augmentation\" : 41, \"order\" : 3 }")
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
    void anotherFormatIsNotRead() {
        var json = new String(Manifests.of(KEY).toJson(), StandardCharsets.UTF_8);

        assertThatThrownBy(() -> read(json.replace("\"format_version\" : 1", "\"format_version\" : 2")))
                .hasMessageContaining("format_version must be 1, got 2");
        assertThatThrownBy(() -> read(json.replace("\"step\"", "\"steps\" : 1, \"step\"")))
                .hasMessageContaining("steps");
        assertThatThrownBy(() -> read("{}")).isInstanceOf(IllegalArgumentException.class);
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
