package dev.palimpsest.training;

import dev.palimpsest.checkpoints.FreeSpace;
import dev.palimpsest.torch.HostBytes;
import dev.palimpsest.torch.TorchRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Where decoded pictures lie: in memory up to a limit, above it in a file that the system pages.
///
/// @param residentBytes of the pictures of one task, or of one part of an evaluation, that stay in memory
/// @param folder of the files
/// @param minFree what must stay free on their disk
public record PictureMemory(long residentBytes, Path folder, FreeSpace minFree) {

    /// Room for so many bytes. The caller closes it.
    ///
    /// @throws dev.palimpsest.checkpoints.StorageFullException if the disk has too little room
    HostBytes take(TorchRuntime runtime, long bytes) {
        if (bytes <= residentBytes) {
            return HostBytes.inMemory(runtime, bytes);
        }
        try {
            minFree.require(Files.createDirectories(folder), "A file of decoded pictures", bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot look for room in " + folder, e);
        }
        return HostBytes.inFile(runtime, folder, bytes);
    }
}
