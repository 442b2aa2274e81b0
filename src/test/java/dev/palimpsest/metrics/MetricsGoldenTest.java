package dev.palimpsest.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Numbers of an independent program in exact arithmetic: `golden/metrics/README.md`.
class MetricsGoldenTest {

    private static final Path FOLDER = Path.of(System.getProperty("palimpsest.golden"), "metrics");

    @TestFactory
    Stream<DynamicTest> everyNumberIsTheGoldenOne() throws IOException {
        return cases().stream()
                .map(file -> DynamicTest.dynamicTest(
                        name(file),
                        () -> assertThat(GoldenMetrics.mismatches(read(file))).isEmpty()));
    }

    @Test
    void aNumberThatIsThreePercentOffIsNoticed() throws IOException {
        for (var file : cases()) {
            int changed = 0;
            for (var section : read(file).properties()) {
                var content = section.getValue();
                for (var element : content.isArray() ? content.valueStream().toList() : List.of(content)) {
                    changed += changeEveryNumber(section.getKey(), element, content.isArray());
                }
            }
            assertThat(changed).as("numbers in %s", file).isPositive();
        }
    }

    private static int changeEveryNumber(String section, JsonNode element, boolean inArray) {
        var content = inArray ? JsonMapper.shared().createArrayNode().add(element) : element;
        var numbers = expectedNumbers(element, section.equals("t975"));
        for (var number : numbers) {
            var kept = number.holder().get(number.field());
            number.change();

            assertThat(GoldenMetrics.mismatches(section, content))
                    .as("%s: %s instead of %s", section, number.holder(), kept)
                    .isNotEmpty();

            number.restore(kept);
        }
        return numbers.size();
    }

    /// A number that the file expects, held as text so that no digit is lost.
    private record Expected(JsonNode holder, String field) {

        void change() {
            double value = Double.parseDouble(holder.get(field).asString());
            put(Double.toString(value == 0 ? 0.03 : value * 1.03));
        }

        void restore(JsonNode kept) {
            put(kept.asString());
        }

        private void put(String text) {
            ((ObjectNode) holder).put(field, text);
        }
    }

    private static List<Expected> expectedNumbers(JsonNode node, boolean below) {
        var numbers = new ArrayList<Expected>();
        if (node instanceof ArrayNode array) {
            array.forEach(element -> numbers.addAll(expectedNumbers(element, below)));
        }
        if (node instanceof ObjectNode object) {
            object.forEachEntry((name, value) -> {
                var expected = below || name.matches(".*expected|by_task|mean|low|high|(domain|class)_incremental");
                if (expected && value.isString() && value.asString().matches("-?[0-9.]+(e-?[0-9]+)?")) {
                    if (!name.equals("sd_divisor_n_must_not_appear")) {
                        numbers.add(new Expected(object, name));
                    }
                } else {
                    numbers.addAll(expectedNumbers(value, expected));
                }
            });
        }
        return numbers;
    }

    private static List<Path> cases() throws IOException {
        try (var files = Files.list(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".json"))
                    .filter(file -> !file.endsWith("tolerances.json"))
                    .sorted()
                    .toList();
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString().replaceFirst("\\.json$", "");
    }

    private static JsonNode read(Path file) {
        return JsonMapper.shared().readTree(file);
    }
}
