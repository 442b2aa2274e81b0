package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The glossary speaks of code that exists.
class GlossaryTest {

    private static final Pattern NAME = Pattern.compile("`(\\w+)(?:\\(\\))?`");
    private static final Pattern IDENTIFIER = Pattern.compile("\\w+");

    @Test
    void everyCodeNameExists() throws IOException {
        Set<String> identifiers = identifiers();

        assertThat(rows())
                .hasSizeGreaterThan(20)
                .flatMap(row -> NAME.matcher(column(row, 3))
                        .results()
                        .map(match -> match.group(1))
                        .toList())
                .allMatch(identifiers::contains, "is an identifier in src/main");
    }

    @Test
    void noWordIsDefinedTwice() throws IOException {
        assertThat(rows()).map(row -> column(row, 1)).doesNotHaveDuplicates();
    }

    private static List<String> rows() throws IOException {
        return Files.readAllLines(Path.of("docs", "glossary.md")).stream()
                .filter(line -> line.startsWith("| ") && !line.startsWith("| ---") && !line.startsWith("| word |"))
                .toList();
    }

    private static String column(String row, int number) {
        return List.of(row.split("\\|", -1)).get(number).strip();
    }

    /// Everything that is named in the code; comments do not count.
    private static Set<String> identifiers() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(GlossaryTest::lines)
                    .filter(line -> !line.strip().startsWith("//"))
                    .flatMap(line -> IDENTIFIER.matcher(line).results().map(match -> match.group()))
                    .collect(Collectors.toSet());
        }
    }

    private static Stream<String> lines(Path file) {
        try {
            return Files.readAllLines(file).stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
