package dev.palimpsest.checkpoints;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Checkpoints below one folder: `<job>/<attempt>/<checkpoint id>/`.
public final class LocalCheckpointStore implements CheckpointStore {

    private static final String DRAFT = ".draft-";

    private final Path root;
    private final FreeSpace minFree;

    /// Keeps checkpoints below a folder, which is made when it is needed.
    ///
    /// @param minFreeBytes below it nothing new is saved
    public LocalCheckpointStore(Path root, long minFreeBytes) {
        this.root = root;
        this.minFree = new FreeSpace(minFreeBytes);
    }

    @Override
    public CheckpointDraft begin(CheckpointKey key) {
        if (Files.exists(folder(key))) {
            throw new IllegalStateException("checkpoint %s exists already".formatted(key));
        }
        var draft = draft(key);
        try {
            Files.createDirectories(root);
            minFree.require(root, "a new checkpoint", 0);
            LocalFolder.deleteTree(draft);
            Files.createDirectories(draft);
        } catch (IOException failure) {
            throw CheckpointStorageException.of("begin " + key, failure);
        }
        return new CheckpointDraft(key, new LocalFolder(draft, folder(key)));
    }

    @Override
    public StoredCheckpoint open(CheckpointKey key) {
        return StoredCheckpoint.open(key, new LocalFolder(draft(key), folder(key)));
    }

    @Override
    public List<CheckpointKey> list(String jobId) {
        return CheckpointKey.validId(jobId) ? keys(root.resolve(jobId), "") : List.of();
    }

    @Override
    public void delete(CheckpointKey key) {
        try {
            new LocalFolder(draft(key), folder(key)).delete();
        } catch (IOException failure) {
            throw CheckpointStorageException.of("delete " + key, failure);
        }
    }

    @Override
    public int removeDrafts(Predicate<CheckpointKey> abandoned) {
        int removed = 0;
        for (var job : children(root)) {
            if (!CheckpointKey.validId(name(job))) {
                continue;
            }
            for (var key : keys(job, DRAFT)) {
                if (abandoned.test(key)) {
                    removeDraft(key);
                    removed++;
                }
            }
        }
        return removed;
    }

    private void removeDraft(CheckpointKey key) {
        try {
            LocalFolder.deleteTree(draft(key));
        } catch (IOException failure) {
            throw CheckpointStorageException.of("remove the draft of " + key, failure);
        }
    }

    /// Keys of a job's folders whose name is the prefix and an id; what else lies there is not ours.
    private static List<CheckpointKey> keys(Path job, String prefix) {
        return children(job).stream()
                .filter(attempt -> name(attempt).matches("[1-9][0-9]{0,8}"))
                .flatMap(attempt -> children(attempt).stream()
                        .map(LocalCheckpointStore::name)
                        .filter(name -> name.startsWith(prefix))
                        .map(name -> name.substring(prefix.length()))
                        .filter(CheckpointKey::validId)
                        .map(id -> new CheckpointKey(name(job), Integer.parseInt(name(attempt)), id)))
                .sorted()
                .toList();
    }

    private static List<Path> children(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(Files::isDirectory).toList();
        } catch (IOException failure) {
            throw CheckpointStorageException.of("list " + folder, failure);
        } catch (UncheckedIOException failure) {
            throw CheckpointStorageException.of("list " + folder, new IOException(failure));
        }
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    private Path folder(CheckpointKey key) {
        return attempt(key).resolve(key.checkpointId());
    }

    private Path draft(CheckpointKey key) {
        return attempt(key).resolve(DRAFT + key.checkpointId());
    }

    private Path attempt(CheckpointKey key) {
        return root.resolve(key.jobId()).resolve(Integer.toString(key.attempt()));
    }
}
