package dev.palimpsest.files;

import java.io.IOException;
import java.io.InputStream;

/// The file of a picture, byte by byte as it is stored.
///
/// @param bytes how many there are
public record StoredPicture(PictureType type, long bytes, Opening opening) {

    /// Opens the file at its beginning.
    @FunctionalInterface
    public interface Opening {
        InputStream open() throws IOException;
    }

    /// A file of a tree.
    ///
    /// @throws IOException if it cannot be read
    public static StoredPicture of(FileTree tree, int row) throws IOException {
        try (InputStream stream = tree.open(row)) {
            return new StoredPicture(PictureType.of(stream), tree.bytes(row), () -> tree.open(row));
        }
    }
}
