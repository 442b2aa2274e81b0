package dev.palimpsest.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every store keeps to; one subclass for each.
abstract class CheckpointStoreContract {

    static final CheckpointKey KEY = new CheckpointKey("job_1", 1, "ckpt_a");

    abstract CheckpointStore store();

    /// Changes a published file behind the store's back.
    abstract void damage(CheckpointKey key, String file, UnaryOperator<byte[]> change) throws IOException;

    /// Removes a published file behind the store's back.
    abstract void lose(CheckpointKey key, String file) throws IOException;

    @Test
    void whatIsFinishedCanBeOpenedAndReadByteForByte() throws IOException {
        var written = save(KEY, "adapters", "heads");

        var opened = store().open(KEY);

        assertThat(opened.manifest()).isEqualTo(written.manifest());
        assertThat(opened.files()).isEqualTo(written.files());
        assertThat(opened.files())
                .extracting(StoredFile::name)
                .containsExactly("manifest.json", "adapters.safetensors", "heads.safetensors");
        assertThat(opened.sha256()).isEqualTo(written.sha256()).hasSize(64);
        assertThat(Files.readString(opened.file("heads.safetensors"))).isEqualTo("heads");
        try (var in = opened.read("adapters.safetensors")) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("adapters");
        }
        opened.verify();
        opened.verifyAgainst(written.sha256());
    }

    @Test
    void theManifestIsListedAmongTheFilesWithItsOwnDigest() {
        var stored = save(KEY, "adapters", "heads");

        assertThat(stored.sizeBytes())
                .isEqualTo(
                        stored.files().stream().mapToLong(StoredFile::sizeBytes).sum());
        assertThat(stored.manifest().files()).extracting(StoredFile::sizeBytes).containsExactly(8L, 5L);
        // sha256 of the five letters "heads", by the command sha256sum
        assertThat(stored.manifest().files().getLast().sha256())
                .isEqualTo("5c0bc2423c1af18cd0172a4d1f84c01af25a3ee3c5ccd217e8e8a48924fe414e");
    }

    @Test
    void aDraftThatIsNotFinishedIsInvisible() {
        var draft = store().begin(KEY);
        draft.add("adapters.safetensors", out -> out.write(1));

        assertThat(store().list("job_1")).isEmpty();
        assertThatThrownBy(() -> store().open(KEY)).isInstanceOf(CheckpointMissingException.class);

        draft.close();

        assertThat(store().removeDrafts(_ -> true)).isZero();
    }

    @Test
    void aDraftThatNobodyClosedIsRemovedWhenItIsSaidToBeAbandoned() {
        store().begin(KEY).add("adapters.safetensors", out -> out.write(1));
        var other = new CheckpointKey("job_2", 1, "ckpt_b");
        store().begin(other).add("adapters.safetensors", out -> out.write(1));

        assertThat(store().removeDrafts(key -> key.jobId().equals("job_1"))).isEqualTo(1);
        assertThat(store().removeDrafts(_ -> true)).isEqualTo(1);
        assertThat(store().removeDrafts(_ -> true)).isZero();
    }

    @Test
    void closingAFinishedDraftLeavesTheCheckpointAlone() {
        var draft = store().begin(KEY);
        draft.finish(Manifests.of(KEY));

        draft.close();

        assertThat(store().list("job_1")).containsExactly(KEY);
    }

    @Test
    void aWriterThatFailsLeavesNothing() {
        assertThatThrownBy(() -> {
                    try (var draft = store().begin(KEY)) {
                        draft.add("adapters.safetensors", _ -> {
                            throw new IOException("device gone");
                        });
                    }
                })
                .isInstanceOf(CheckpointStorageException.class)
                .hasMessageContaining("adapters.safetensors of job_1/1/ckpt_a")
                .hasMessageContaining("device gone");

        assertThat(store().list("job_1")).isEmpty();
        assertThat(store().removeDrafts(_ -> true)).isZero();
    }

    @Test
    void aJobsCheckpointsAreListedOldestFirst() {
        save(new CheckpointKey("job_1", 10, "ckpt_c"), "a", "b");
        save(new CheckpointKey("job_1", 2, "ckpt_b"), "a", "b");
        save(KEY, "a", "b");
        save(new CheckpointKey("job_2", 1, "ckpt_d"), "a", "b");

        assertThat(store().list("job_1"))
                .extracting(CheckpointKey::toString)
                .containsExactly("job_1/1/ckpt_a", "job_1/2/ckpt_b", "job_1/10/ckpt_c");
        assertThat(store().list("job_3")).isEmpty();
    }

    @Test
    void anExistingCheckpointIsNotOverwritten() {
        save(KEY, "a", "b");

        assertThatThrownBy(() -> store().begin(KEY)).hasMessage("checkpoint job_1/1/ckpt_a exists already");
    }

    @Test
    void aDeletedCheckpointIsGoneAndDeletingAgainIsNoFailure() {
        save(KEY, "a", "b");

        store().delete(KEY);
        store().delete(KEY);

        assertThat(store().list("job_1")).isEmpty();
        assertThat(store().removeDrafts(_ -> true)).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"truncate", "flip", "extend"})
    void aDamagedFileIsNeverHandedOut(String how) throws IOException {
        save(KEY, "adapters", "heads");

        damage(KEY, "heads.safetensors", bytes -> damaged(bytes, how));

        var stored = store().open(KEY);
        assertThatThrownBy(() -> stored.file("heads.safetensors"))
                .asInstanceOf(InstanceOfAssertFactories.type(CheckpointCorruptException.class))
                .extracting(CheckpointCorruptException::file)
                .isEqualTo("heads.safetensors");
        assertThatThrownBy(() -> stored.read("heads.safetensors")).isInstanceOf(CheckpointCorruptException.class);
        assertThatThrownBy(stored::verify).hasMessageContaining("checkpoint job_1/1/ckpt_a is corrupt: heads");
        assertThat(stored.file("adapters.safetensors")).exists();
    }

    @Test
    void aLostFileIsNoticed() throws IOException {
        save(KEY, "adapters", "heads");

        lose(KEY, "heads.safetensors");

        assertThatThrownBy(() -> store().open(KEY).verify())
                .isInstanceOf(CheckpointCorruptException.class)
                .hasMessage("checkpoint job_1/1/ckpt_a is corrupt: heads.safetensors: it is gone");
    }

    @Test
    void aDamagedManifestIsNoticed() throws IOException {
        var sha256 = save(KEY, "adapters", "heads").sha256();

        damage(
                KEY,
                CheckpointManifest.FILE,
                bytes -> new String(bytes, StandardCharsets.UTF_8)
                        .replace("\"step\" : 41", "\"step\" : 42")
                        .getBytes(StandardCharsets.UTF_8));

        assertThatThrownBy(() -> store().open(KEY).verifyAgainst(sha256))
                .isInstanceOf(CheckpointCorruptException.class)
                .hasMessageContaining("manifest.json");

        damage(KEY, CheckpointManifest.FILE, bytes -> Arrays.copyOf(bytes, bytes.length / 2));

        assertThatThrownBy(() -> store().open(KEY))
                .isInstanceOf(CheckpointCorruptException.class)
                .hasMessageContaining("manifest.json: no manifest");
    }

    @Test
    void aManifestOfAnotherCheckpointIsRefused() throws IOException {
        var draft = store().begin(KEY);
        var other = new CheckpointKey("job_1", 2, "ckpt_a");

        assertThatThrownBy(() -> draft.finish(Manifests.of(other)))
                .hasMessage("the manifest of job_1/1/ckpt_a must be its own, got job_1/2/ckpt_a");
        draft.finish(Manifests.of(KEY));

        damage(KEY, CheckpointManifest.FILE, _ -> Manifests.of(other).toJson());

        assertThatThrownBy(() -> store().open(KEY)).hasMessageContaining("it belongs to job_1/2/ckpt_a");
    }

    @Test
    void aFileNeedsAPlainNameOfItsOwn() {
        try (var draft = store().begin(KEY)) {
            draft.add("heads.safetensors", out -> out.write(1));

            for (var name : List.of("../heads", "manifest.json", "", "A", ".hidden", "a/b")) {
                assertThatThrownBy(() -> draft.add(name, out -> out.write(1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("got '" + name + "'");
            }
            assertThatThrownBy(() -> draft.add("heads.safetensors", out -> out.write(1)))
                    .hasMessage("job_1/1/ckpt_a has heads.safetensors already");
        }
    }

    @Test
    void equalContentMakesEqualFilesAndManifestsApartFromIdsAndTime() {
        var later = new CheckpointKey("job_2", 3, "ckpt_b");
        var first = save(KEY, "adapters", "heads");

        StoredCheckpoint second;
        try (var draft = store().begin(later)) {
            draft.add("adapters.safetensors", out -> out.write("adapters".getBytes(StandardCharsets.UTF_8)));
            draft.add("heads.safetensors", out -> out.write("heads".getBytes(StandardCharsets.UTF_8)));
            second = draft.finish(Manifests.at(later, Manifests.TIME.plusSeconds(60)));
        }

        assertThat(second.manifest().files()).isEqualTo(first.manifest().files());
        assertThat(text(second)
                        .replace("job_2", "job_1")
                        .replace("ckpt_b", "ckpt_a")
                        .replace("\"attempt\" : 3", "\"attempt\" : 1")
                        .replace("09:22:02", "09:21:02"))
                .isEqualTo(text(first));
    }

    private static String text(StoredCheckpoint checkpoint) {
        return new String(checkpoint.manifest().toJson(), StandardCharsets.UTF_8);
    }

    private static byte[] damaged(byte[] bytes, String how) {
        return switch (how) {
            case "truncate" -> Arrays.copyOf(bytes, bytes.length - 1);
            case "extend" -> Arrays.copyOf(bytes, bytes.length + 1);
            default -> {
                var flipped = bytes.clone();
                flipped[2] ^= 1;
                yield flipped;
            }
        };
    }

    StoredCheckpoint save(CheckpointKey key, String adapters, String heads) {
        try (var draft = store().begin(key)) {
            draft.add("adapters.safetensors", out -> out.write(adapters.getBytes(StandardCharsets.UTF_8)));
            draft.add("heads.safetensors", out -> out.write(heads.getBytes(StandardCharsets.UTF_8)));
            return draft.finish(Manifests.of(key));
        }
    }
}
