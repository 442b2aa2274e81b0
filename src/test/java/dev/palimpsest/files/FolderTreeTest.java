package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderTreeTest {

    @TempDir
    private Path folder;

    private FileTree open(int mostFiles, long mostBytes) {
        return FileTree.open(folder, new ReadLimits(mostFiles, mostBytes), mostBytes);
    }

    private void write(Map<String, String> files) throws IOException {
        for (Map.Entry<String, String> file : files.entrySet()) {
            Path path = folder.resolve(file.getKey());
            Files.createDirectories(path.resolveSibling(""));
            Files.writeString(path, file.getValue());
        }
    }

    @Test
    void filesComeInTheOrderOfTheirPathsWithoutTheHiddenOnes() throws IOException {
        write(Map.of("b/two.png", "2", "b/one.png", "11", "a.png", "", ".hidden/three.png", "3", "b/.DS_Store", "4"));

        try (FileTree tree = open(3, 2)) {
            assertThat(tree.archive()).isFalse();
            assertThat(tree.size()).isEqualTo(3);
            assertThat(tree.path(0)).isEqualTo("a.png");
            assertThat(tree.path(1)).isEqualTo("b/one.png");
            assertThat(tree.path(2)).isEqualTo("b/two.png");
            assertThat(tree.bytes(1)).isEqualTo(2);
            assertThat(tree.read(0)).isEmpty();
            assertThat(tree.read(1)).asString().isEqualTo("11");
            try (InputStream stream = tree.open(2)) {
                assertThat(stream.readAllBytes()).asString().isEqualTo("2");
            }
        }
    }

    @Test
    void theDigestNamesEveryPathLengthAndContent() throws IOException {
        write(Map.of("b/two.png", "2", "a.png", ""));
        String lines = "a.png, 0, %s\nb/two.png, 1, %s\n".formatted(sha256(""), sha256("2"));

        try (FileTree tree = open(2, 1)) {
            assertThat(tree.sha256()).isEqualTo(sha256(lines));
        }
    }

    private static String sha256(String text) {
        return HexFormat.of().formatHex(Sha256.start().digest(text.getBytes(StandardCharsets.UTF_8)));
    }

    @Test
    void tooManyTooLargeAndLinkedFilesAreRefusedByName() throws IOException {
        write(Map.of("b.png", "22", "a.png", "1"));

        assertThatThrownBy(() -> open(1, 2)).hasMessage("the folder has more than the allowed 1 files");
        assertThatThrownBy(() -> open(2, 1)).hasMessage("'b.png' has 2 bytes, more than the allowed 1");
        Files.createSymbolicLink(folder.resolve("c.png"), folder.resolve("a.png"));
        assertThatThrownBy(() -> open(9, 2)).hasMessage("'c.png' is a link or no plain file");
    }

    @Test
    void aFileThatGrewSinceIsNotReadBeyondTheLimit() throws IOException {
        write(Map.of("a.png", "1"));

        try (FileTree tree = open(1, 1)) {
            Files.writeString(folder.resolve("a.png"), "12");

            assertThatThrownBy(() -> tree.read(0)).hasMessage("more than the allowed 1 bytes");
        }
    }

    @Test
    void whatIsNotThereIsNeitherFolderNorZip() {
        Path absent = folder.resolve("absent");

        assertThatThrownBy(() -> FileTree.open(absent, ReadLimits.DEFAULT, 1))
                .isInstanceOf(InvalidArchiveException.class)
                .hasMessage("'absent' is neither a folder nor a zip");
    }
}
