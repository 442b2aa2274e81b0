package dev.palimpsest.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.GoldenCases;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// Numbers of an independent program in exact arithmetic: `golden/metrics/README.md`.
class MetricsGoldenTest {

    @TestFactory
    Stream<DynamicTest> everyNumberIsTheGoldenOne() {
        return GoldenCases.tests(
                "metrics",
                "",
                golden -> assertThat(GoldenMetrics.mismatches(golden.json())).isEmpty());
    }

    @TestFactory
    Stream<DynamicTest> aNumberThatIsThreePercentOffIsNoticed() {
        return GoldenCases.tests("metrics", "", golden -> {
            int changed = 0;
            for (var section : golden.json().properties()) {
                var content = section.getValue();
                for (var element : content.isArray() ? content.valueStream().toList() : List.of(content)) {
                    changed += changeEveryNumber(section.getKey(), element, content.isArray());
                }
            }
            assertThat(changed).as("numbers in %s", golden.name()).isPositive();
        });
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
}
