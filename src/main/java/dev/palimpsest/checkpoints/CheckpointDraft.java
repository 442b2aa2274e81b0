package dev.palimpsest.checkpoints;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// A checkpoint that is being written: files first, the manifest last, then visible in one step.
///
/// Not thread-safe. Whatever ends the process before [#finish] returns leaves a draft or a whole checkpoint,
/// nothing between.
public final class CheckpointDraft implements AutoCloseable {

    private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,99}");

    private final CheckpointKey key;
    private final CheckpointFolder folder;
    private final List<StoredFile> files = new ArrayList<>();
    private boolean finished;

    public CheckpointDraft(CheckpointKey key, CheckpointFolder folder) {
        this.key = key;
        this.folder = folder;
    }

    /// Writes the bytes of one file.
    @FunctionalInterface
    public interface Content {
        void writeTo(OutputStream out) throws IOException;
    }

    /// Writes a file and digests it on the way.
    public StoredFile add(String name, Content content) {
        if (!NAME.matcher(name).matches() || name.equals(CheckpointManifest.FILE)) {
            throw new IllegalArgumentException("a file of a checkpoint must match %s and not be %s, got '%s'"
                    .formatted(NAME, CheckpointManifest.FILE, name));
        }
        if (files.stream().anyMatch(file -> file.name().equals(name))) {
            throw new IllegalArgumentException("%s has %s already".formatted(key, name));
        }
        var file = write(name, content);
        files.add(file);
        return file;
    }

    /// Writes the manifest with the files of this draft and makes the checkpoint visible.
    ///
    /// @param manifest of this draft's key; what it says of files is replaced
    public StoredCheckpoint finish(CheckpointManifest manifest) {
        if (!manifest.key().equals(key)) {
            throw new IllegalArgumentException(
                    "the manifest of %s must be its own, got %s".formatted(key, manifest.key()));
        }
        var complete = manifest.withFiles(files);
        var json = complete.toJson();
        var manifestFile = write(CheckpointManifest.FILE, out -> out.write(json));
        try {
            folder.publish();
        } catch (IOException failure) {
            throw CheckpointStorageException.of("publish " + key, failure);
        }
        finished = true;
        return new StoredCheckpoint(complete, manifestFile, folder);
    }

    private StoredFile write(String name, Content content) {
        try (var out = new DigestingOutput(folder.create(name))) {
            content.writeTo(out);
            return out.written(name);
        } catch (IOException failure) {
            throw CheckpointStorageException.of("write %s of %s".formatted(name, key), failure);
        }
    }

    /// Removes the draft unless it is finished.
    @Override
    public void close() {
        if (finished) {
            return;
        }
        try {
            folder.discard();
        } catch (IOException failure) {
            throw CheckpointStorageException.of("remove the draft of " + key, failure);
        }
    }
}
