package dev.palimpsest.checkpoints;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;

/// A checkpoint as a folder of this machine; its draft is `.draft-<id>` beside it.
final class LocalFolder implements CheckpointFolder {

    private final Path draft;
    private final Path folder;

    LocalFolder(Path draft, Path folder) {
        this.draft = draft;
        this.folder = folder;
    }

    @Override
    public OutputStream create(String name) throws IOException {
        var channel = FileChannel.open(draft.resolve(name), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        return new DurableOutput(channel);
    }

    @Override
    public void publish() throws IOException {
        sync(draft);
        Files.move(draft, folder, StandardCopyOption.ATOMIC_MOVE);
        syncParent();
    }

    @Override
    public void discard() throws IOException {
        deleteTree(draft);
    }

    @Override
    public InputStream open(String name) throws IOException {
        return Files.newInputStream(folder.resolve(name));
    }

    @Override
    public Path path(String name) throws IOException {
        var file = folder.resolve(name);
        if (!Files.isRegularFile(file)) {
            throw new NoSuchFileException(file.toString());
        }
        return file;
    }

    /// Takes the checkpoint out of sight in one step, then removes it.
    void delete() throws IOException {
        try {
            Files.move(folder, draft, StandardCopyOption.ATOMIC_MOVE);
        } catch (NoSuchFileException gone) {
            return;
        }
        syncParent();
        deleteTree(draft);
    }

    /// A rename is durable once the folder that holds the names is.
    private void syncParent() throws IOException {
        var parent = folder.getParent();
        if (parent != null) {
            sync(parent);
        }
    }

    private static void sync(Path directory) throws IOException {
        try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    static void deleteTree(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        try (var inside = Files.walk(directory)) {
            for (var path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }

    /// A file whose bytes have reached the disk when it is closed.
    private static final class DurableOutput extends OutputStream {

        private final FileChannel channel;
        private final OutputStream out;

        DurableOutput(FileChannel channel) {
            this.channel = channel;
            this.out = Channels.newOutputStream(channel);
        }

        @Override
        public void write(int value) throws IOException {
            out.write(value);
        }

        @Override
        public void write(byte[] bytes, int offset, int count) throws IOException {
            out.write(bytes, offset, count);
        }

        @Override
        public void close() throws IOException {
            try (channel) {
                if (channel.isOpen()) {
                    channel.force(true);
                }
            }
        }
    }
}
