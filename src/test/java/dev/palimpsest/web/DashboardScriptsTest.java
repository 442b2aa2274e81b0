package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.DashboardFiles;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The functions of the dashboard that touch no page, by the tests beside them, in an installed Node.
@Tag("dashboard")
class DashboardScriptsTest {

    private static final Path TESTS = Path.of("src", "test", "js");

    /// What Node's own runner says at its end.
    private static final Pattern PASSED = Pattern.compile("(?m)^# pass (\\d+)$");

    @Test
    void theTestsOfTheScriptsPass() throws IOException, InterruptedException {
        Path node = node().orElse(null);
        Assumptions.assumeTrue(node != null, "No node on the PATH: tests of the dashboard's scripts skipped");
        Path folder = Files.createDirectories(Path.of("target", "dashboard-scripts"));
        copy(DashboardFiles.path("js/core"), folder.resolve("core"));
        copy(TESTS, folder.resolve("tests"));
        // files that end in .js are modules only where a package says so
        Files.writeString(folder.resolve("package.json"), "{\"type\": \"module\"}");

        Process run = new ProcessBuilder(command(node, folder))
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String said = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(run.waitFor()).as(said).isZero();
        Matcher passed = PASSED.matcher(said);
        assertThat(passed.find()).as(said).isTrue();
        assertThat(Integer.parseInt(passed.group(1))).isGreaterThan(25);
    }

    private static List<String> command(Path node, Path folder) throws IOException {
        try (Stream<Path> tests = Files.list(folder.resolve("tests"))) {
            return Stream.concat(
                            Stream.of(node.toString(), "--test", "--test-reporter=tap"),
                            tests.map(test -> folder.relativize(test).toString())
                                    .sorted())
                    .toList();
        }
    }

    private static Optional<Path> node() {
        return Stream.of(System.getenv("PATH").split(File.pathSeparator, -1))
                .map(folder -> Path.of(folder, "node"))
                .filter(Files::isExecutable)
                .findFirst();
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (Stream<Path> files = Files.list(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }
}
