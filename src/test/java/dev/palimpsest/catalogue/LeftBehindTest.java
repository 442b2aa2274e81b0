package dev.palimpsest.catalogue;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.unit.DataSize;

/// What a killed process was writing goes at the next start; what is kept, or another node's, stays.
class LeftBehindTest {

    @TempDir
    Path home;

    @Test
    void theOnlyProcessRemovesEveryDraft() throws IOException {
        Files.createDirectories(home.resolve("datasets"));
        Files.createDirectories(home.resolve("backbones"));
        Files.writeString(home.resolve("datasets/.draft-1"), "half");
        Files.writeString(home.resolve("backbones/.draft-2"), "half");
        Files.writeString(home.resolve("datasets/abc.zip"), "whole");
        Files.createDirectories(home.resolve("pictures"));
        Files.writeString(home.resolve("pictures/pictures-3"), "half");

        new LeftBehind(settings(), "").afterSingletonsInstantiated();

        assertThat(names("datasets")).containsExactly("abc.zip");
        assertThat(names("backbones")).isEmpty();
        assertThat(names("pictures")).isEmpty();
    }

    @Test
    void oneOfSeveralRemovesOnlyWhatNobodyTouchesAnyMore() throws IOException {
        Path folder = Files.createDirectories(home.resolve("uploads"));
        Files.writeString(folder.resolve("upload_1.tmp"), "arriving");
        Path old = Files.writeString(folder.resolve("upload_2.tmp"), "half");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofHours(2))));

        new LeftBehind(settings(), "jdbc:postgresql://db/palimpsest").sweep(folder, "");

        assertThat(names("uploads")).containsExactly("upload_1.tmp");
    }

    private List<String> names(String folder) throws IOException {
        try (Stream<Path> inside = Files.list(home.resolve(folder))) {
            return inside.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    private StorageSettings settings() {
        return new StorageSettings(
                List.of(),
                home.resolve("datasets"),
                home.resolve("backbones"),
                home.resolve("checkpoints"),
                home.resolve("pictures"),
                DataSize.ofBytes(1));
    }
}
