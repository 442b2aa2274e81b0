package dev.palimpsest.checkpoints;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/// SHA-256, taken while bytes pass by.
public final class Digests {

    private Digests() {}

    /// Length and digest of a file as it lies there.
    public static StoredFile of(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return copy(String.valueOf(file.getFileName()), in, OutputStream.nullOutputStream());
        }
    }

    /// Copies to the end and says what was copied.
    public static StoredFile copy(String name, InputStream in, OutputStream out) throws IOException {
        var digesting = new DigestInputStream(in, sha256());
        long length = digesting.transferTo(out);
        return new StoredFile(name, length, hex(digesting.getMessageDigest()));
    }

    /// One digest for a set of files: that of the sorted lines `name, length, sha256`.
    public static String combined(List<StoredFile> files) {
        var digest = sha256();
        files.stream().sorted(Comparator.comparing(StoredFile::name)).forEach(file -> {
            var line = "%s, %d, %s\n".formatted(file.name(), file.sizeBytes(), file.sha256());
            digest.update(line.getBytes(StandardCharsets.UTF_8));
        });
        return hex(digest);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException everyJdkHasIt) {
            throw new IllegalStateException(everyJdkHasIt);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest());
    }
}
