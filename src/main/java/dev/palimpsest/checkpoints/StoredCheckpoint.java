package dev.palimpsest.checkpoints;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// A complete checkpoint. Any thread may read it.
///
/// No byte leaves it unverified: a file is digested before it is first handed out.
public final class StoredCheckpoint {

    private final CheckpointManifest manifest;
    private final StoredFile manifestFile;
    private final CheckpointFolder folder;
    private final Set<String> verified = ConcurrentHashMap.newKeySet();

    StoredCheckpoint(CheckpointManifest manifest, StoredFile manifestFile, CheckpointFolder folder) {
        this.manifest = manifest;
        this.manifestFile = manifestFile;
        this.folder = folder;
    }

    /// For stores: a published folder, read as far as its manifest.
    ///
    /// @throws CheckpointMissingException if the folder has no manifest
    /// @throws CheckpointCorruptException if the manifest is damaged or another checkpoint's
    public static StoredCheckpoint open(CheckpointKey key, CheckpointFolder folder) {
        try (var in = folder.open(CheckpointManifest.FILE)) {
            var json = new ByteArrayOutputStream();
            var file = Digests.copy(CheckpointManifest.FILE, in, json);
            var manifest = CheckpointManifest.fromJson(json.toByteArray());
            if (!manifest.key().equals(key)) {
                throw new CheckpointCorruptException(key, CheckpointManifest.FILE, "it belongs to " + manifest.key());
            }
            return new StoredCheckpoint(manifest, file, folder);
        } catch (NoSuchFileException missing) {
            throw new CheckpointMissingException(key);
        } catch (IllegalArgumentException unreadable) {
            throw new CheckpointCorruptException(key, CheckpointManifest.FILE, unreadable);
        } catch (IOException failure) {
            throw CheckpointStorageException.of("open " + key, failure);
        }
    }

    public CheckpointKey key() {
        return manifest.key();
    }

    public CheckpointManifest manifest() {
        return manifest;
    }

    /// All files, the manifest first.
    public List<StoredFile> files() {
        var all = new ArrayList<StoredFile>();
        all.add(manifestFile);
        all.addAll(manifest.files());
        return List.copyOf(all);
    }

    public long sizeBytes() {
        return files().stream().mapToLong(StoredFile::sizeBytes).sum();
    }

    /// The digest of all files together.
    public String sha256() {
        return Digests.combined(files());
    }

    public boolean has(String name) {
        return files().stream().anyMatch(file -> file.name().equals(name));
    }

    /// A verified file as one of this machine, to be mapped or read.
    ///
    /// @throws CheckpointCorruptException if the file is not the one that was written
    public Path file(String name) {
        verify(name);
        try {
            return folder.path(name);
        } catch (IOException failure) {
            throw CheckpointStorageException.of("read %s of %s".formatted(name, key()), failure);
        }
    }

    /// The bytes of a verified file; the caller closes the stream.
    ///
    /// @throws CheckpointCorruptException if the file is not the one that was written
    public InputStream read(String name) {
        verify(name);
        try {
            return folder.open(name);
        } catch (IOException failure) {
            throw CheckpointStorageException.of("read %s of %s".formatted(name, key()), failure);
        }
    }

    /// Verifies every file.
    ///
    /// @throws CheckpointCorruptException at the first file that is not the one that was written
    public void verify() {
        files().forEach(file -> verify(file.name()));
    }

    /// Verifies that this is the checkpoint a row remembers, the manifest included.
    ///
    /// @param sha256 what [#sha256] said when it was written
    public void verifyAgainst(String sha256) {
        if (!sha256.equals(sha256())) {
            throw new CheckpointCorruptException(
                    key(),
                    CheckpointManifest.FILE,
                    "the digest of all files is %s, expected %s".formatted(sha256(), sha256));
        }
        verify();
    }

    private void verify(String name) {
        if (verified.contains(name)) {
            return;
        }
        var expected = files().stream()
                .filter(file -> file.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("%s has no file '%s'".formatted(key(), name)));
        var actual = digest(name);
        if (!actual.equals(expected)) {
            throw new CheckpointCorruptException(
                    key(),
                    name,
                    "%d bytes with digest %s, expected %d with %s"
                            .formatted(actual.sizeBytes(), actual.sha256(), expected.sizeBytes(), expected.sha256()));
        }
        verified.add(name);
    }

    private StoredFile digest(String name) {
        try (var in = folder.open(name)) {
            return Digests.copy(name, in, OutputStream.nullOutputStream());
        } catch (NoSuchFileException missing) {
            throw new CheckpointCorruptException(key(), name, "it is gone");
        } catch (IOException failure) {
            throw CheckpointStorageException.of("read %s of %s".formatted(name, key()), failure);
        }
    }
}
