package dev.palimpsest.checkpoints;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// What must stay free on a disk: database and logs are on it too, and a full one stops more than a save.
///
/// @param bytes below it nothing new is saved
public record FreeSpace(long bytes) {

    /// Refuses to write where too little would be left.
    ///
    /// @param folder one that exists
    /// @param what begins the message
    /// @param more bytes that are about to be written, as far as that is known
    /// @throws StorageFullException if too little is free, or would be
    public void require(Path folder, String what, long more) throws IOException {
        Optional<String> lack = lack(folder, what, more);
        if (lack.isPresent()) {
            throw new StorageFullException(lack.get(), null);
        }
    }

    /// What [#require] would refuse; empty if there is room.
    public Optional<String> lack(Path folder, String what, long more) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        return free - more >= bytes
                ? Optional.empty()
                : Optional.of("%s needs at least %d free bytes (palimpsest.storage.min-free) beside its own, got %d"
                        .formatted(what, bytes, Math.max(0, free - more)));
    }
}
