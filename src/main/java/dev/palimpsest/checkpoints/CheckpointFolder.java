package dev.palimpsest.checkpoints;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;

/// **Port**: where the bytes of one checkpoint lie. A store has one implementation.
///
/// First a draft that nobody else sees; [#publish] makes it a checkpoint in one step.
public interface CheckpointFolder {

    /// Makes a file of the draft. What was written is durable once the stream is closed.
    OutputStream create(String name) throws IOException;

    /// Makes the draft visible under its key, at once or not at all.
    void publish() throws IOException;

    /// Removes the draft with everything in it.
    void discard() throws IOException;

    /// Opens a file of the published checkpoint.
    ///
    /// @throws java.nio.file.NoSuchFileException if there is no such file
    InputStream open(String name) throws IOException;

    /// The file as one of this machine, copied here first if it lies elsewhere.
    Path path(String name) throws IOException;
}
