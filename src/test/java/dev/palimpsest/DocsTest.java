package dev.palimpsest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.metrics.MetricDefinition;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// README, docs and comments name files, sections and things that exist.
class DocsTest {

    private static final Pattern LINK = Pattern.compile("]\\(([^)#:\\s]*)(#[^)]*)?\\)");
    private static final Pattern PATH = Pattern.compile("`((?:src|db|helm|docs|\\.ci|\\.github)/[\\w./-]+)[` ]");

    /// A page that a text names, and the sections that it names after it: "`docs/engine.md` 3.2 and 3.3".
    private static final Pattern CITED = Pattern.compile(
            "(?<![\\w./*<{\"-])([\\w.-]+(?:/[\\w.-]+)*\\.md)\\b`?((?:(?:,? | and )\\d+(?:\\.\\d+)*(?![\\w%]))*)");

    private static final Pattern NUMBER = Pattern.compile("\\d+(?:\\.\\d+)*");
    private static final Pattern HEADING = Pattern.compile("^#+ (.*)$", Pattern.MULTILINE);

    /// Where a comment's line ends and the next one begins.
    private static final Pattern BREAK = Pattern.compile("\\n\\s*(?:///|//|#|--|\\*)?\\s*");

    private static final Set<String> READ = Set.of("java", "py", "sql", "md");

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    void everyLinkAndPathLeadsToAFile(Path page) throws IOException {
        String text = Files.readString(page);

        assertThat(LINK.matcher(text).results().map(match -> page.resolveSibling(match.group(1))))
                .allMatch(Files::exists, "is the target of a link and exists");
        assertThat(PATH.matcher(text).results().map(match -> Path.of(match.group(1))))
                .allMatch(Files::exists, "is named and exists");
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("pages")
    void everyLinkToAPlaceLeadsToAHeading(Path page) throws IOException {
        List<String> lost = new ArrayList<>();
        for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
            if (link.group(2) != null) {
                Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1));
                if (!anchors(target).contains(link.group(2).substring(1))) {
                    lost.add(link.group());
                }
            }
        }

        assertThat(lost).as("links of %s to a heading that is not there", page).isEmpty();
    }

    @Test
    void everyPageThatIsNamedIsThereWithTheSectionsNamed() throws IOException {
        List<String> lost = new ArrayList<>();
        int named = 0;
        for (Path file : texts()) {
            String text = BREAK.matcher(Files.readString(file)).replaceAll(" ");
            for (MatchResult cited : CITED.matcher(text).results().toList()) {
                named++;
                if (!there(file, cited)) {
                    lost.add(file + ": " + cited.group());
                }
            }
        }

        assertThat(lost).as("pages or sections that are named and not there").isEmpty();
        assertThat(named).as("pages named anywhere").isGreaterThan(60);
    }

    @Test
    void everyPageIsLinkedFromTheReadmeOrItsFolder() throws IOException {
        String readme = Files.readString(Path.of("README.md"));
        String decisions = Files.readString(Path.of("docs", "decisions", "README.md"));

        assertThat(pages())
                .filteredOn(page -> page.getNameCount() > 1)
                .allMatch(
                        page -> readme.contains(page.toString()) || decisions.contains("(" + page.getFileName() + ")"),
                        "is linked from README.md or docs/decisions/README.md");
    }

    @Test
    void everyMetricIsExplainedWithItsUnit() throws IOException {
        List<String> rows = Files.readAllLines(Path.of("docs", "metrics.md"));

        assertThat(MetricDefinition.values())
                .allSatisfy(definition -> assertThat(rows)
                        .filteredOn(row -> row.startsWith("| `%s` |".formatted(definition.id())))
                        .singleElement()
                        .satisfies(row -> assertThat(row)
                                .contains("| " + definition.unit().wireName())));
    }

    /// A page is named from the root, from the folder of golden vectors or from beside the text.
    private static boolean there(Path text, MatchResult cited) throws IOException {
        Path name = Path.of(cited.group(1));
        List<Path> places = List.of(name, Path.of("src", "test", "resources").resolve(name), text.resolveSibling(name));
        for (Path page : places) {
            if (Files.exists(page)) {
                String headings = HEADING.matcher(Files.readString(page))
                        .results()
                        .map(heading -> heading.group(1))
                        .collect(Collectors.joining("\n", "\n", "\n"));
                return NUMBER.matcher(cited.group(2))
                        .results()
                        .map(MatchResult::group)
                        .allMatch(number ->
                                headings.contains("\n" + number + " ") || headings.contains("\n" + number + ". "));
            }
        }
        return false;
    }

    /// The names by which a heading is linked to: lower case, punctuation gone, dashes for blanks.
    private static Set<String> anchors(Path page) throws IOException {
        return HEADING.matcher(Files.readString(page))
                .results()
                .map(heading -> heading.group(1)
                        .toLowerCase(Locale.ROOT)
                        .replaceAll("[^\\w -]", "")
                        .replace(' ', '-'))
                .collect(Collectors.toSet());
    }

    static List<Path> pages() throws IOException {
        try (Stream<Path> files = Files.walk(Path.of("docs"))) {
            return Stream.concat(Stream.of(Path.of("README.md")), files)
                    .filter(file -> file.toString().endsWith(".md"))
                    .toList();
        }
    }

    /// Everything a person reads: code, programs, migrations and pages.
    private static List<Path> texts() throws IOException {
        List<Path> all = new ArrayList<>(pages());
        for (String folder : List.of("src", "db", "helm", ".ci")) {
            all.addAll(filesOf(Path.of(folder)));
        }
        return all;
    }

    private static List<Path> filesOf(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> Arrays.stream(file.getFileName().toString().split("\\."))
                            .skip(1)
                            .anyMatch(READ::contains))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
