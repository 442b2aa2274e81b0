package dev.palimpsest.files;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files of a folder or of an archive, by row, in the order of their paths. Only read. Hidden files and
/// what operating systems leave behind are not in it.
///
/// Any number of threads may read. A thread must not be interrupted meanwhile: that would close the file for
/// all.
public interface FileTree extends AutoCloseable {

    /// Opens a folder or a zip, whichever is there.
    ///
    /// @throws InvalidArchiveException if there is nothing, or nothing that may be read
    static FileTree open(Path location, ReadLimits limits, long fileBytes) {
        if (Files.isDirectory(location)) {
            return FolderTree.open(location, limits, fileBytes);
        }
        if (Files.isRegularFile(location)) {
            return ZipTree.open(location, limits, fileBytes);
        }
        throw new InvalidArchiveException("'%s' is neither a folder nor a zip".formatted(location.getFileName()));
    }

    int size();

    /// The path inside the tree, with `/` between its parts.
    String path(int row);

    /// How long the file is, as far as the tree knows without reading it.
    long bytes(int row) throws IOException;

    InputStream open(int row) throws IOException;

    /// The whole file, of at most the bytes that were allowed when the tree was opened.
    byte[] read(int row) throws IOException;

    /// True for an archive, which often has one folder around everything.
    boolean archive();

    String sha256();

    @Override
    void close();

    static boolean hidden(String part) {
        return part.startsWith(".")
                || part.equals("__MACOSX")
                || part.equals("Thumbs.db")
                || part.equals("desktop.ini");
    }
}
