package dev.palimpsest.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalCheckpointStoreTest extends CheckpointStoreContract {

    @TempDir
    private Path temporary;

    private Path root = Path.of("");

    @BeforeEach
    void keepBelowAFolderThatDoesNotExist() {
        root = temporary.resolve("checkpoints");
    }

    /// A new one each time: nothing may live in the object alone.
    @Override
    CheckpointStore store() {
        return new LocalCheckpointStore(root, 0);
    }

    @Override
    void damage(CheckpointKey key, String file, UnaryOperator<byte[]> change) throws IOException {
        var path = root.resolve(key.toString()).resolve(file);
        Files.write(path, change.apply(Files.readAllBytes(path)));
    }

    @Override
    void lose(CheckpointKey key, String file) throws IOException {
        Files.delete(root.resolve(key.toString()).resolve(file));
    }

    @Test
    void aProcessKilledBeforeTheRenameLeavesOnlyADraft() throws IOException {
        var attempt = root.resolve("job_1/1");
        var killed = new LocalFolder(attempt.resolve(".draft-ckpt_a"), attempt.resolve("ckpt_a"));
        Files.createDirectories(attempt.resolve(".draft-ckpt_a"));
        try (var out = killed.create(CheckpointManifest.FILE)) {
            out.write(Manifests.of(KEY).toJson());
        }

        assertThat(store().list("job_1")).isEmpty();
        assertThatThrownBy(() -> store().open(KEY)).hasMessage("there is no checkpoint job_1/1/ckpt_a");
        assertThat(store().removeDrafts(_ -> true)).isEqualTo(1);
        assertThat(attempt.resolve(".draft-ckpt_a")).doesNotExist();
    }

    @Test
    void aFinishedCheckpointIsOneFolderAndNoDraftIsLeft() throws IOException {
        save(KEY, "adapters", "heads");

        try (var inside = Files.walk(root)) {
            assertThat(inside.filter(Files::isRegularFile)
                            .map(file -> root.relativize(file).toString()))
                    .containsExactlyInAnyOrder(
                            "job_1/1/ckpt_a/manifest.json",
                            "job_1/1/ckpt_a/adapters.safetensors",
                            "job_1/1/ckpt_a/heads.safetensors");
        }
        assertThat(root.resolve("job_1/1/.draft-ckpt_a")).doesNotExist();
    }

    @Test
    void aDraftLeftUnderTheSameIdIsStartedAfresh() {
        store().begin(KEY).add("optimizer.safetensors", out -> out.write(1));

        var stored = save(KEY, "adapters", "heads");

        assertThat(stored.has("optimizer.safetensors")).isFalse();
        assertThat(root.resolve("job_1/1/ckpt_a/optimizer.safetensors")).doesNotExist();
    }

    @Test
    void withTooLittleSpaceNothingNewIsSaved() {
        var full = new LocalCheckpointStore(root, Long.MAX_VALUE);

        assertThatThrownBy(() -> full.begin(KEY))
                .isInstanceOf(StorageFullException.class)
                .hasMessageContaining(
                        "a new checkpoint needs at least 9223372036854775807 free bytes (palimpsest.storage.min-free)");
        assertThat(store().removeDrafts(_ -> true)).isZero();
    }

    @Test
    void aFullDiskIsToldFromOtherFailures() {
        var full = CheckpointStorageException.of("write a", new IOException("No space left on device"));
        var other = CheckpointStorageException.of("write a", new IOException("Input/output error"));

        assertThat(full).isInstanceOf(StorageFullException.class);
        assertThat(other).isInstanceOf(CheckpointStorageException.class).hasMessageContaining("could not write a");
    }

    @Test
    void whatElseLiesInTheFolderIsLeftAlone() throws IOException {
        save(KEY, "adapters", "heads");
        Files.createDirectories(root.resolve("lost+found"));
        Files.createDirectories(root.resolve("job_1/notes"));
        Files.createDirectories(root.resolve("job_1/1/.hidden"));
        Files.writeString(root.resolve("README"), "mine");

        assertThat(store().list("job_1")).containsExactly(KEY);
        assertThat(store().list("../job_1")).isEmpty();
        assertThat(store().removeDrafts(_ -> true)).isZero();
    }
}
