package dev.palimpsest.catalogue;

import dev.palimpsest.checkpoints.CheckpointStorageException;
import dev.palimpsest.checkpoints.Digests;
import dev.palimpsest.checkpoints.FreeSpace;
import dev.palimpsest.checkpoints.StorageFullException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;
import org.springframework.core.io.InputStreamSource;

/// A file on its way to its place under its digest. Closed before it is kept, it leaves nothing behind.
final class StoredUpload implements AutoCloseable {

    static final String DRAFT = ".draft-";

    private final Path draft;
    private final String sha256;

    private StoredUpload(Path draft, String sha256) {
        this.draft = draft;
        this.sha256 = sha256;
    }

    /// Copies everything to a draft in the folder in which the file will stay.
    ///
    /// @throws StorageFullException if too little space is free, or none is left on the way
    /// @throws CheckpointStorageException if the folder takes no files
    /// @throws UncheckedIOException if the source cannot be read
    static StoredUpload receive(InputStreamSource source, Path folder, FreeSpace minFree) {
        Path draft = folder.resolve(DRAFT + UUID.randomUUID());
        OutputStream created = create(folder, draft, minFree);
        try (InputStream in = source.getInputStream();
                OutputStream out = created) {
            return new StoredUpload(draft, Digests.copy("upload", in, out).sha256());
        } catch (IOException e) {
            delete(draft);
            if (StorageFullException.means(e)) {
                throw CheckpointStorageException.of("store a file", e);
            }
            throw new UncheckedIOException("cannot store the file", e);
        } catch (RuntimeException | Error e) {
            delete(draft);
            throw e;
        }
    }

    /// A folder that takes no files is the storage's trouble, not that of the file.
    private static OutputStream create(Path folder, Path draft, FreeSpace minFree) {
        try {
            Files.createDirectories(folder);
            minFree.require(folder, "a new file", 0);
            return Files.newOutputStream(draft, StandardOpenOption.CREATE_NEW);
        } catch (IOException e) {
            throw CheckpointStorageException.of("store a file", e);
        }
    }

    Path file() {
        return draft;
    }

    /// Of the bytes that arrived, in hexadecimal digits.
    String sha256() {
        return sha256;
    }

    /// Gives the file its name; a file that is there already has the same content and stays.
    void keep(Path target) {
        try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
            channel.force(true);
            Files.move(draft, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot keep " + target.getFileName(), e);
        }
    }

    @Override
    public void close() {
        delete(draft);
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + file.getFileName(), e);
        }
    }
}
