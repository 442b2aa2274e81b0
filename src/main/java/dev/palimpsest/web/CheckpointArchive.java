package dev.palimpsest.web;

import dev.palimpsest.checkpoints.StoredFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/// All files of a checkpoint as one tar that is the same at every request: fixed order, times and owners, no
/// compression, and a length that is known before the first byte.
final class CheckpointArchive {

    private static final int BLOCK = 512;

    private CheckpointArchive() {}

    @FunctionalInterface
    interface Opener {
        InputStream open(String name) throws IOException;
    }

    /// Each file has a header and is filled up to a whole block; two empty blocks end the archive.
    static long length(List<StoredFile> files) {
        return files.stream()
                        .mapToLong(file -> BLOCK + blocks(file.sizeBytes()))
                        .sum()
                + 2 * BLOCK;
    }

    /// @param folder under which the files stand
    static void write(String folder, List<StoredFile> files, Opener opener, OutputStream out) throws IOException {
        var tar = new TarArchiveOutputStream(out, BLOCK);
        for (StoredFile file : files) {
            var entry = new TarArchiveEntry(folder + "/" + file.name());
            entry.setSize(file.sizeBytes());
            entry.setModTime(0);
            entry.setIds(0, 0);
            entry.setMode(0644);
            tar.putArchiveEntry(entry);
            try (InputStream in = opener.open(file.name())) {
                in.transferTo(tar);
            }
            tar.closeArchiveEntry();
        }
        tar.finish();
    }

    private static long blocks(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }
}
