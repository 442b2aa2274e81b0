package dev.palimpsest.runs;

import dev.palimpsest.checkpoints.FreeSpace;
import dev.palimpsest.workers.StorageProbe;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// Whether the next checkpoint could be saved: the folder is there, takes files, and has room.
record CheckpointRoom(Path folder, FreeSpace minFree) implements StorageProbe {

    @Override
    public Optional<String> shortage() {
        try {
            Files.createDirectories(folder);
            if (!Files.isWritable(folder)) {
                return Optional.of("the folder of checkpoints, %s, takes no files".formatted(folder));
            }
            return minFree.lack(folder, "a new checkpoint", 0);
        } catch (IOException e) {
            return Optional.of("the folder of checkpoints cannot be used: " + e);
        }
    }
}
