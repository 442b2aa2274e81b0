package dev.palimpsest.methods;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The walk of `docs/extending.md`, taken by a reader who does nothing but what it says.
@Tag("engine")
class ExtendingIT {

    private static final Path EXAMPLE = Path.of("src/test/resources/extending");
    private static final Path MAIN = Path.of("src/main/java");
    private static final Path ROOM = Path.of("dev/palimpsest/methods");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^( *)```(java|diff)\n(.*?)^ *```$");

    @TempDir
    private Path walked;

    private String page = "";

    @BeforeEach
    void read() throws IOException {
        page = Files.readString(Path.of("docs/extending.md"));
    }

    private List<String> blocks(String kind) {
        Matcher blocks = BLOCK.matcher(page);
        List<String> found = new ArrayList<>();
        while (blocks.find()) {
            if (blocks.group(2).equals(kind)) {
                found.add(blocks.group(3).replaceAll("(?m)^" + blocks.group(1), ""));
            }
        }
        return found;
    }

    private static String example(String name) throws IOException {
        return Files.readString(EXAMPLE.resolve(name));
    }

    @Test
    void thePageShowsTheWholeExampleAndItIsShort() throws IOException {
        assertThat(blocks("java")).contains(example("SlowLora.java"), example("SlowLoraIT.java"));
        assertThat(example("SlowLora.java").lines().count()).isLessThan(80);
    }

    /// Compiled are the rooms of methods, experiments and training, where settings are told apart.
    @Test
    void whoDoesWhatThePageSaysHasAMethodThatKeepsTheContract() throws IOException, InterruptedException {
        Path classes = Files.createDirectories(walked.resolve("classes"));
        compile(classes);

        Process contract = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classes + File.pathSeparator + classPath(),
                        ContractRunner.class.getName(),
                        "dev.palimpsest.methods.SlowLoraIT",
                        "dev.palimpsest.methods.ContinualMethodsTest")
                .redirectErrorStream(true)
                .redirectOutput(walked.resolve("out").toFile())
                .start();

        assertThat(contract.waitFor(5, TimeUnit.MINUTES)).isTrue();
        String out = Files.readString(walked.resolve("out"));
        assertThat(contract.exitValue()).as(out).isZero();
        assertThat(out).contains("passed theLossOfATaskFalls", "passed aSavedAndRestoredModelGivesTheSameScores");
    }

    /// What this test runs on, whoever started it.
    private static String classPath() {
        if (ExtendingIT.class.getClassLoader() instanceof URLClassLoader loader) {
            return Stream.of(loader.getURLs()).map(URL::getPath).collect(Collectors.joining(File.pathSeparator));
        }
        return System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    }

    private void compile(Path classes) throws IOException {
        Map<Path, String> sources = new LinkedHashMap<>();
        for (String room : List.of("methods", "experiments", "training")) {
            try (Stream<Path> files = Files.list(MAIN.resolve("dev/palimpsest").resolve(room))) {
                for (Path file : files.toList()) {
                    sources.put(MAIN.relativize(file), Files.readString(file));
                }
            }
        }
        for (String change : blocks("diff")) {
            apply(change, sources);
        }
        sources.put(ROOM.resolve("SlowLora.java"), example("SlowLora.java"));
        sources.put(ROOM.resolve("SlowLoraIT.java"), example("SlowLoraIT.java"));
        List<File> written = new ArrayList<>();
        for (Map.Entry<Path, String> source : sources.entrySet()) {
            Path file = walked.resolve("src").resolve(source.getKey());
            Files.createDirectories(file.getParent());
            written.add(Files.writeString(file, source.getValue(), UTF_8).toFile());
        }
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter faults = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, UTF_8)) {
            boolean compiled = compiler.getTask(
                            faults,
                            files,
                            null,
                            List.of("-proc:none", "-parameters", "-d", classes.toString(), "-cp", classPath()),
                            null,
                            files.getJavaFileObjectsFromFiles(written))
                    .call();
            assertThat(compiled).as(faults.toString()).isTrue();
        }
    }

    /// Puts the lines with a plus behind the one above them, which stands once in its file.
    private static void apply(String change, Map<Path, String> sources) {
        List<String> lines = change.lines().toList();
        Path file = MAIN.relativize(Path.of(lines.getFirst()));
        String text = sources.getOrDefault(file, "");
        String above = "";
        StringBuilder added = new StringBuilder();
        for (String line : Stream.concat(lines.stream().skip(1), Stream.of(" ")).toList()) {
            if (line.startsWith("+")) {
                added.append(line.substring(1)).append('\n');
                continue;
            }
            if (!added.isEmpty()) {
                assertThat(text.split(Pattern.quote(above), -1))
                        .as("'%s' stands once in %s", above.strip(), file)
                        .hasSize(2);
                text = text.replace(above, above + added);
                added.setLength(0);
            }
            above = line.substring(1) + "\n";
        }
        sources.put(file, text);
    }
}
