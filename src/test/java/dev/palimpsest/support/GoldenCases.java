package dev.palimpsest.support;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import tools.jackson.core.JsonPointer;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The golden cases below the folder named by the system property `palimpsest.golden`: each a `.json` with
/// whatever `.safetensors` begin with its name.
///
/// In another folder than the project's own a kind of case that is not there is not missed; in the project's own
/// each has to be there, and a folder without any case is refused.
public final class GoldenCases {

    private static final JsonMapper JSON = JsonMapper.builder().build();

    private static final Path OWN = Path.of("src/test/resources/golden");

    /// Of the project's own folder: how many cases begin with a name.
    private static final Map<String, Integer> OWN_CASES = Map.ofEntries(
            Map.entry("lorac-ipc/vit-", 1),
            Map.entry("lorac-ipc/trace-", 2),
            Map.entry("lorac-ipc/classifier-alignment", 1),
            Map.entry("lorac-ipc/task-id", 1),
            Map.entry("lorac-ipc/quirks", 1),
            Map.entry("lorac-ipc/schedules", 1),
            Map.entry("transforms/transforms", 1),
            Map.entry("transforms/class-orders", 1),
            Map.entry("metrics/", 2),
            Map.entry("inflora/", 4),
            Map.entry("inflora/memory", 1),
            Map.entry("task-arithmetic/trace-", 5),
            Map.entry("task-arithmetic/merges", 1));

    /// One case.
    ///
    /// @param name the file's name without `.json`
    /// @param tensors its files, sorted by name
    public record GoldenCase(String name, JsonNode json, List<Path> tensors, Path folder) {

        /// The file in the case's folder with these ends whose name is most like the wanted ones.
        ///
        /// @param fits whether a file's content can belong to the case
        public Optional<Path> neighbour(String start, String end, List<String> wanted, Predicate<Path> fits) {
            return fileNames(folder).stream()
                    .filter(file -> file.startsWith(start) && file.endsWith(end))
                    .filter(file -> fits.test(folder.resolve(file)))
                    .max(Comparator.comparingInt((String file) -> likeness(inner(file, start, end), wanted))
                            .thenComparing(
                                    Comparator.comparingInt(String::length).reversed()))
                    .map(folder::resolve);
        }

        /// The case of the same folder whose name begins with a prefix and goes on most like the wanted names.
        public Optional<GoldenCase> beside(String prefix, List<String> wanted) {
            return in(folder).stream()
                    .filter(golden -> golden.name().startsWith(prefix))
                    .max(Comparator.comparingInt((GoldenCase golden) ->
                                    likeness(golden.name().substring(prefix.length()), wanted))
                            .thenComparing(Comparator.comparingInt(
                                            (GoldenCase golden) -> golden.name().length())
                                    .reversed()));
        }

        private static String inner(String file, String start, String end) {
            return file.substring(start.length(), file.length() - end.length());
        }
    }

    private GoldenCases() {}

    /// One test a case, shown under the case's name.
    ///
    /// @param prefix cases of a folder whose name begins with it; empty for all
    /// @throws AssertionError if there is no case at all, or the project's own folder lacks one
    public static Stream<DynamicTest> tests(String folder, String prefix, Consumer<GoldenCase> test) {
        return wanted(root(), folder, prefix).stream()
                .map(golden -> DynamicTest.dynamicTest(golden.name(), () -> test.accept(golden)));
    }

    static Path root() {
        return Path.of(System.getProperty("palimpsest.golden", OWN.toString()));
    }

    static List<GoldenCase> wanted(Path root, String folder, String prefix) {
        return wanted(root, OWN, folder, prefix);
    }

    /// @param own the root in which each case has to be there
    static List<GoldenCase> wanted(Path root, Path own, String folder, String prefix) {
        List<GoldenCase> found = in(root.resolve(folder)).stream()
                .filter(golden -> golden.name().startsWith(prefix))
                .toList();
        if (root.toAbsolutePath().equals(own.toAbsolutePath())) {
            assertThat(found)
                    .as("cases %s/%s* of the project's own golden folder", folder, prefix)
                    .hasSize(Objects.requireNonNull(OWN_CASES.get(folder + "/" + prefix), "not in OWN_CASES"));
        } else if (found.isEmpty()) {
            assertThat(folders(root).stream().map(GoldenCases::in).filter(cases -> !cases.isEmpty()))
                    .as("folders with golden cases below %s", root)
                    .isNotEmpty();
        }
        return found;
    }

    private static List<Path> folders(Path root) {
        return Files.isDirectory(root)
                ? fileNames(root).stream()
                        .map(root::resolve)
                        .filter(Files::isDirectory)
                        .toList()
                : List.of();
    }

    /// All cases of a folder, sorted by name.
    public static List<GoldenCase> in(Path path) {
        if (!Files.isDirectory(path)) {
            return List.of();
        }
        List<String> files = fileNames(path);
        List<String> names = files.stream()
                .filter(file -> file.endsWith(".json") && !file.equals("tolerances.json"))
                .map(file -> file.substring(0, file.length() - ".json".length()))
                .toList();
        return names.stream()
                .map(name -> new GoldenCase(
                        name,
                        read(path.resolve(name + ".json")),
                        files.stream()
                                .filter(file -> file.endsWith(".safetensors")
                                        && owner(file, names).equals(name))
                                .map(path::resolve)
                                .toList(),
                        path))
                .toList();
    }

    /// A JSON file beside the cases, for instance `tolerances.json`.
    public static JsonNode read(Path file) {
        return JSON.readTree(file);
    }

    /// A copy in which one number is changed by 3 % (an integer by at least one, zero to 0.03). A golden test
    /// that still passes with it compares nothing.
    ///
    /// @param pointer for instance `/orders/0/first/3`
    public static JsonNode changed(JsonNode tree, String pointer) {
        JsonNode copy = tree.deepCopy();
        JsonPointer path = JsonPointer.compile(pointer);
        JsonNode old = copy.at(path);
        if (!old.isNumber()) {
            throw new IllegalArgumentException("there is no number at %s but %s".formatted(pointer, old));
        }
        JsonNode changed = old.isIntegralNumber()
                ? JsonNodeFactory.instance.numberNode(old.longValue() + Math.max(1, Math.round(old.longValue() * 0.03)))
                : JsonNodeFactory.instance.numberNode(changed(old.doubleValue()));
        JsonNode parent = copy.at(path.head());
        switch (parent) {
            case ObjectNode object -> object.set(path.last().getMatchingProperty(), changed);
            case ArrayNode array -> array.set(path.last().getMatchingIndex(), changed);
            default -> throw new IllegalArgumentException("nothing holds " + pointer);
        }
        return copy;
    }

    /// A number changed by 3 %.
    public static double changed(double number) {
        return number == 0 ? 0.03 : number * 1.03;
    }

    private static int likeness(String name, List<String> wanted) {
        return wanted.stream().mapToInt(one -> likeness(name, one)).sum();
    }

    /// How many characters two names share at their beginning and at their end.
    static int likeness(String a, String b) {
        int shortest = Math.min(a.length(), b.length());
        int start = 0;
        while (start < shortest && a.charAt(start) == b.charAt(start)) {
            start++;
        }
        int end = 0;
        while (end < shortest - start && a.charAt(a.length() - 1 - end) == b.charAt(b.length() - 1 - end)) {
            end++;
        }
        return start + end;
    }

    /// The longest case name that a tensor file begins with.
    private static String owner(String file, List<String> names) {
        return names.stream()
                .filter(name -> file.startsWith(name + ".") || file.startsWith(name + "-"))
                .reduce("", (a, b) -> a.length() > b.length() ? a : b);
    }

    private static List<String> fileNames(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
