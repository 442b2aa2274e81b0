package dev.palimpsest.support;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenCasesTest {

    private static final Path OWN = Path.of("src/test/resources/golden");

    @TempDir
    Path root;

    @Test
    void aFolderWithoutAnyCaseIsRefused() {
        assertThatThrownBy(() -> GoldenCases.wanted(root, "lorac-ipc", "trace-"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("folders with golden cases below " + root);
    }

    @Test
    void aFolderThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> GoldenCases.wanted(root.resolve("elsewhere"), "lorac-ipc", "trace-"))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void aFolderOfOnlyTolerancesIsRefused() throws IOException {
        write("lorac-ipc/tolerances.json");

        assertThatThrownBy(() -> GoldenCases.wanted(root, "lorac-ipc", "trace-"))
                .isInstanceOf(AssertionError.class);
    }

    @Test
    void aKindThatAnotherFolderDoesNotHaveIsNotMissed() throws IOException {
        write("metrics/other.json");

        assertThat(GoldenCases.wanted(root, "lorac-ipc", "trace-")).isEmpty();
        assertThat(GoldenCases.wanted(root, "metrics", ""))
                .extracting(GoldenCases.GoldenCase::name)
                .containsExactly("other");
    }

    @Test
    void theOwnFolderHasEveryCaseOfEachKind() {
        assertThat(GoldenCases.wanted(OWN, "lorac-ipc", "trace-")).hasSize(2);
        assertThatThrownBy(() -> GoldenCases.wanted(OWN, "lorac-ipc", "spur-")).isInstanceOf(RuntimeException.class);
    }

    @Test
    void aCaseThatTheOwnFolderLostIsMissed() throws IOException {
        write("lorac-ipc/trace-only.json");

        assertThatThrownBy(() -> GoldenCases.wanted(root, root, "lorac-ipc", "trace-"))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("lorac-ipc/trace-*");
    }

    private void write(String name) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, "{}");
    }
}
