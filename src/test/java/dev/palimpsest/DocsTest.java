package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// README and docs name files that exist.
class DocsTest {

    private static final Pattern LINK = Pattern.compile("]\\(([^)#:\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern PATH = Pattern.compile("`((?:src|db|helm|docs|\\.ci|\\.github)/[\\w./-]+)[` ]");

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    void everyLinkAndPathLeadsToAFile(Path page) throws IOException {
        String text = Files.readString(page);

        assertThat(LINK.matcher(text).results().map(match -> page.resolveSibling(match.group(1))))
                .allMatch(Files::exists, "is the target of a link and exists");
        assertThat(PATH.matcher(text).results().map(match -> Path.of(match.group(1))))
                .allMatch(Files::exists, "is named and exists");
    }

    static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), files)
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
        }
    }
}
