package dev.palimpsest.catalogue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.checkpoints.CheckpointStorageException;
import dev.palimpsest.checkpoints.FreeSpace;
import dev.palimpsest.checkpoints.StorageFullException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.ByteArrayResource;

/// Whether the file or its destination is to blame: only the first makes weights `corrupt`.
class StoredUploadTest {

    @TempDir
    Path folder;

    @Test
    void aFolderThatTakesNoFilesIsTheStoragesTrouble() throws IOException {
        Path file = Files.writeString(folder.resolve("taken"), "a file");

        assertThatThrownBy(() -> StoredUpload.receive(
                                new ByteArrayResource(new byte[3]), file.resolve("below"), new FreeSpace(0))
                        .close())
                .isInstanceOf(CheckpointStorageException.class);
    }

    @Test
    void aDiskThatFillsUpOnTheWayIsFull() {
        assertThatThrownBy(
                        () -> StoredUpload.receive(() -> failing("No space left on device"), folder, new FreeSpace(0))
                                .close())
                .isInstanceOf(StorageFullException.class);
    }

    @Test
    void aSourceThatCannotBeReadIsTheFilesTrouble() {
        assertThatThrownBy(() -> StoredUpload.receive(() -> failing("Input/output error"), folder, new FreeSpace(0))
                        .close())
                .isInstanceOf(UncheckedIOException.class);
        assertThat(folder).isEmptyDirectory();
    }

    private static InputStream failing(String how) {
        return new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException(how);
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
                throw new IOException(how);
            }
        };
    }
}
