package dev.palimpsest.support;

import dev.palimpsest.checkpoints.CheckpointDraft;
import dev.palimpsest.checkpoints.CheckpointFolder;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/// Checkpoints in memory, for tests; passes the contract of the port.
public final class InMemoryCheckpointStore implements CheckpointStore {

    private final NavigableMap<CheckpointKey, Folder> drafts = new ConcurrentSkipListMap<>();
    private final NavigableMap<CheckpointKey, Folder> published = new ConcurrentSkipListMap<>();

    @Override
    public CheckpointDraft begin(CheckpointKey key) {
        if (published.containsKey(key)) {
            throw new IllegalStateException("checkpoint %s exists already".formatted(key));
        }
        var folder = new Folder(key);
        drafts.put(key, folder);
        return new CheckpointDraft(key, folder);
    }

    @Override
    public StoredCheckpoint open(CheckpointKey key) {
        return StoredCheckpoint.open(key, published.getOrDefault(key, new Folder(key)));
    }

    @Override
    public List<CheckpointKey> list(String jobId) {
        return published.keySet().stream()
                .filter(key -> key.jobId().equals(jobId))
                .toList();
    }

    @Override
    public void delete(CheckpointKey key) {
        published.remove(key);
    }

    @Override
    public int removeDrafts(Predicate<CheckpointKey> abandoned) {
        var before = drafts.size();
        drafts.keySet().removeIf(abandoned);
        return before - drafts.size();
    }

    /// Changes the bytes of a published file behind the store's back.
    public void damage(CheckpointKey key, String name, UnaryOperator<byte[]> change) {
        published.getOrDefault(key, new Folder(key)).files.computeIfPresent(name, (_, bytes) -> change.apply(bytes));
    }

    /// Removes a published file behind the store's back.
    public void lose(CheckpointKey key, String name) {
        published.getOrDefault(key, new Folder(key)).files.remove(name);
    }

    private final class Folder implements CheckpointFolder {

        private final CheckpointKey key;
        private final Map<String, byte[]> files = new ConcurrentHashMap<>();

        Folder(CheckpointKey key) {
            this.key = key;
        }

        @Override
        public OutputStream create(String name) {
            return new ByteArrayOutputStream() {
                @Override
                public void close() {
                    files.put(name, toByteArray());
                }
            };
        }

        @Override
        public void publish() {
            published.put(key, this);
            drafts.remove(key);
        }

        @Override
        public void discard() {
            drafts.remove(key);
        }

        @Override
        public InputStream open(String name) throws IOException {
            return new ByteArrayInputStream(bytes(name));
        }

        @Override
        public Path path(String name) throws IOException {
            var copy = Files.createTempFile("checkpoint-", "-" + name);
            copy.toFile().deleteOnExit();
            return Files.write(copy, bytes(name));
        }

        private byte[] bytes(String name) throws IOException {
            var bytes = files.get(name);
            if (bytes == null) {
                throw new NoSuchFileException(key + "/" + name);
            }
            return bytes;
        }
    }
}
