package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// How long a file may become before somebody has to say why, or to split it.
class SizesTest {

    private static final int LONGEST = 350;

    /// In the head of a file, before its type begins.
    private static final Pattern REASON = Pattern.compile("^/// Longer than " + LONGEST + " lines: \\S.*");

    private static final Pattern TYPE =
            Pattern.compile("^(public |final |abstract |sealed |non-sealed )*(class|interface|record|enum) .*");

    @Test
    void aLongFileSaysWhyAndNoOtherDoes() {
        Map<String, Integer> lines = new TreeMap<>();
        Map<String, Integer> excused = new TreeMap<>();
        for (Path file : javaFiles(Path.of("src"))) {
            List<String> content = read(file);
            if (content.size() > LONGEST) {
                lines.put(file.toString(), content.size());
            }
            if (content.stream()
                    .takeWhile(line -> !TYPE.matcher(line).matches())
                    .anyMatch(line -> REASON.matcher(line).matches())) {
                excused.put(file.toString(), content.size());
            }
        }

        assertThat(lines).isNotEmpty().isEqualTo(excused);
    }

    private static List<Path> javaFiles(Path root) {
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
