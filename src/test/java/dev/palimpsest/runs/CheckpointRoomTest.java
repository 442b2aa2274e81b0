package dev.palimpsest.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.checkpoints.FreeSpace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What keeps a node from taking work.
class CheckpointRoomTest {

    @TempDir
    Path folder;

    @Test
    void aFolderWithRoomIsMadeWhenItIsNotThere() {
        assertThat(new CheckpointRoom(folder.resolve("new/checkpoints"), new FreeSpace(1)).shortage())
                .isEmpty();
    }

    @Test
    void tooLittleRoomIsToldWithTheSettingThatAsksForIt() {
        assertThat(new CheckpointRoom(folder, new FreeSpace(Long.MAX_VALUE))
                        .shortage()
                        .orElseThrow())
                .contains("a new checkpoint", "palimpsest.storage.min-free");
    }

    @Test
    void aFolderThatCannotBeUsedIsTold() throws IOException {
        Path file = Files.writeString(folder.resolve("taken"), "a file");

        assertThat(new CheckpointRoom(file.resolve("checkpoints"), new FreeSpace(1))
                        .shortage()
                        .orElseThrow())
                .contains("the folder of checkpoints cannot be used");
    }
}
