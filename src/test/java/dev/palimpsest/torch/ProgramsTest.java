package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.methods.ContinualMethods;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Rules for the text of the tensor programs, which no compiler checks (`docs/engine.md` 5).
class ProgramsTest {

    private static final Path PROGRAMS = Path.of("src", "main", "torch");

    private static final Pattern DEFINITION = Pattern.compile("^def (\\w+)\\(", Pattern.MULTILINE);

    private static final Pattern RANDOM = Pattern.compile(
            "torch\\.(rand|randn|randint|randperm|rand_like|randn_like|normal|bernoulli|multinomial|dropout|poisson)\\(");

    private static final Pattern IN_PLACE_RANDOM =
            Pattern.compile("torch\\.(manual_seed|seed|uniform_|normal_|exponential_|bernoulli_|random_)\\(");

    /// Reading a device tensor on the host stops until the device has finished. `float` and `int` of host numbers,
    /// sizes and their roots do not.
    private static final Pattern WAITING = Pattern.compile(
            "\\.item\\(|\\.tolist\\(|torch\\.nonzero|torch\\.masked_select|torch\\.unique|torch\\.equal\\("
                    + "|\\bbool\\((?=\\w*torch\\.)|\\b(?:int|float)\\((?=torch\\.(?!sqrt\\(float|log\\(float))|\\b(?:int|bool|float)\\(\\w+\\[\\w+\\]\\)");

    /// Sums whose order changes from run to run on CUDA. The backward of fused attention has atomics between splits of
    /// the keys, so with one split it has none.
    private static final Pattern ATOMIC =
            Pattern.compile("index_add|scatter_add|\\bcumsum\\(|conv2d|_flash_attention_backward"
                    + "|_efficient_attention_backward\\((?![^)]*num_splits_key=1\\b)");

    /// Functions that may wait, and why.
    private static final Map<String, String> MAY_WAIT = Map.ofEntries(
            Map.entry("same", "an answer for the host"),
            Map.entry("k_means", "after a task; its end depends on the data"),
            Map.entry("move_centres", "a part of k_means"),
            Map.entry("class_samples", "covariances only; alignment, not training"),
            Map.entry("ints", "boxes and tables, which lie on the CPU"),
            Map.entry("views", "on a CPU only"),
            Map.entry("small_views", "on a CPU only"),
            Map.entry("batch", "pictures of mixed sizes, whose table lies on the CPU"),
            Map.entry("evaluate_bytes", "pictures of mixed sizes, whose table lies on the CPU"),
            Map.entry("collect", "flags that the host gave"),
            Map.entry("cut", "linear algebra, which lies on the CPU"));

    /// k-means draws by a running sum, on few numbers and in double; on a CPU, where the order is fixed.
    private static final Set<String> MAY_SUM_UP = Set.of("seed_centres");

    /// Entries that only tests call: what a step does, piece by piece.
    private static final Set<String> FOR_TESTS =
            Set.of("gradients", "same", "resize", "flip", "brightness", "draw_boxes", "evaluate_pixels");

    private static final Pattern CALL =
            Pattern.compile("(?:call|callAll|run|make|onDevice|invoke)\\(\\s*(?:\\w+,\\s*)?\"(\\w+)\"");

    @Test
    void everySourceOfTheArchiveIsThereAndNoOther() throws IOException {
        try (Stream<Path> files = Files.list(PROGRAMS)) {
            assertThat(files.map(file -> String.valueOf(file.getFileName())))
                    .containsExactlyInAnyOrderElementsOf(ProgramArchive.MAIN_SOURCES.stream()
                            .map(name -> name + ".py")
                            .toList());
        }
    }

    @Test
    void noProgramKnowsAMethod() {
        List<String> names = new ArrayList<>(List.of("lorac", "inflora", "task_arithmetic"));
        ContinualMethods.all().forEach(info -> names.add(info.name()));

        functions()
                .forEach((function, text) -> assertThat(names)
                        .as("methods named in %s", function)
                        .noneMatch(text.toLowerCase(Locale.ROOT)::contains));
    }

    @Test
    void everyDrawHasAGeneratorOfItsOwn() {
        functions().forEach((function, text) -> {
            Matcher draw = RANDOM.matcher(text);
            while (draw.find()) {
                assertThat(arguments(text, draw.end()))
                        .as("%s in %s", draw.group(), function)
                        .contains("generator=");
            }
            assertThat(IN_PLACE_RANDOM.matcher(text).find())
                    .as("global draws in %s", function)
                    .isFalse();
        });
    }

    /// From an opened bracket to its end.
    private static String arguments(String text, int from) {
        int depth = 1;
        int at = from;
        while (depth > 0) {
            char c = text.charAt(at++);
            depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        }
        return text.substring(from, at);
    }

    @Test
    void onlyNamedFunctionsWaitForTheDevice() {
        Set<String> waiting = matching(WAITING);

        assertThat(waiting).isSubsetOf(MAY_WAIT.keySet());
    }

    @Test
    void noFunctionSumsInAnOrderThatMayChange() {
        assertThat(matching(ATOMIC)).isSubsetOf(MAY_SUM_UP);
    }

    private static Set<String> matching(Pattern pattern) {
        return functions().entrySet().stream()
                .filter(function -> pattern.matcher(function.getValue()).find())
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    @Test
    void everyEntryThatJavaCallsExists() {
        Set<String> called = called();

        assertThat(called).hasSizeGreaterThan(15);
        assertThat(functions().keySet()).containsAll(called);
    }

    @Test
    void everyFunctionHasACaller() {
        String programs = String.join("\n", functions().values());
        Set<String> called = called();

        assertThat(functions().keySet())
                .filteredOn(function -> !called.contains(function))
                .filteredOn(function -> !programs.contains("self." + function + "("))
                .containsExactlyInAnyOrderElementsOf(FOR_TESTS);
    }

    @Test
    void functionsOfDifferentSourcesDoNotHideEachOther() {
        List<String> names = new ArrayList<>();
        for (String source : ProgramArchive.MAIN_SOURCES) {
            DEFINITION
                    .matcher(text(PROGRAMS.resolve(source + ".py")))
                    .results()
                    .forEach(found -> names.add(found.group(1)));
        }

        assertThat(names).doesNotHaveDuplicates();
    }

    /// Names of the entries in calls of our Java.
    private static Set<String> called() {
        try (Stream<Path> files = Files.walk(Path.of("src", "main", "java"))) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .flatMap(file -> CALL.matcher(text(file)).results().map(found -> found.group(1)))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The text of each function without its documentation.
    private static Map<String, String> functions() {
        Map<String, String> functions = new LinkedHashMap<>();
        for (String source : ProgramArchive.MAIN_SOURCES) {
            String text = text(PROGRAMS.resolve(source + ".py"));
            Matcher definition = DEFINITION.matcher(text);
            List<Integer> starts = new ArrayList<>();
            List<String> names = new ArrayList<>();
            while (definition.find()) {
                starts.add(definition.start());
                names.add(definition.group(1));
            }
            starts.add(text.length());
            for (int i = 0; i < names.size(); i++) {
                String body = text.substring(starts.get(i), starts.get(i + 1));
                functions.put(
                        names.get(i), body.replaceAll("(?s)\"\"\".*?\"\"\"", "").replaceAll("#.*", ""));
            }
        }
        return functions;
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
