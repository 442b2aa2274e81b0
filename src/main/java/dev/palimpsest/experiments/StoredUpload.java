package dev.palimpsest.experiments;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.UUID;
import org.springframework.core.io.InputStreamSource;

/// A file on its way to its place under its digest. Closed before it is kept, it leaves nothing behind.
final class StoredUpload implements AutoCloseable {

    private final Path draft;
    private final String sha256;

    private StoredUpload(Path draft, String sha256) {
        this.draft = draft;
        this.sha256 = sha256;
    }

    /// Copies everything to a draft in the folder in which the file will stay.
    static StoredUpload receive(InputStreamSource source, Path folder) {
        Path draft = folder.resolve(".draft-" + UUID.randomUUID());
        try {
            Files.createDirectories(folder);
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            try (InputStream in = new DigestInputStream(source.getInputStream(), digest)) {
                Files.copy(in, draft);
            }
            return new StoredUpload(draft, HexFormat.of().formatHex(digest.digest()));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        } catch (IOException e) {
            delete(draft);
            throw new UncheckedIOException("cannot store the file", e);
        } catch (RuntimeException e) {
            delete(draft);
            throw e;
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
