package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.files.Sha256;
import dev.palimpsest.support.GoldenCases;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

class ClassOrderGoldenTest {

    @TestFactory
    Stream<DynamicTest> numpysOldPermutationIsTheSame() {
        return GoldenCases.tests("transforms", "class-orders", golden -> compare(golden.json()));
    }

    @TestFactory
    Stream<DynamicTest> aChangedNumberIsSeen() {
        return GoldenCases.tests("transforms", "class-orders", golden -> {
            JsonNode changed = GoldenCases.changed(golden.json(), "/orders/0/first/0");

            assertThatThrownBy(() -> compare(changed)).isInstanceOf(AssertionError.class);
        });
    }

    private static void compare(JsonNode json) {
        for (JsonNode order : json.get("orders")) {
            long seed = order.get("seed").longValue();
            int n = order.get("n").intValue();
            List<String> labels =
                    IntStream.range(0, n).mapToObj(Integer::toString).toList();
            int[] rows = new ClassOrder.NumpyLegacy(seed).rows(labels, new RandomStreams(0));

            List<Integer> first =
                    order.get("first").valueStream().map(JsonNode::intValue).toList();
            assertThat(rows).as("seed %d, n %d", seed, n).startsWith(first.toArray(new Integer[0]));
            assertThat(digest(rows))
                    .as("digest for seed %d, n %d", seed, n)
                    .isEqualTo(order.get("sha256").stringValue());
        }
    }

    private static String digest(int[] rows) {
        String text = IntStream.of(rows).mapToObj(Integer::toString).collect(Collectors.joining(","));
        return HexFormat.of().formatHex(Sha256.start().digest(text.getBytes(StandardCharsets.UTF_8)));
    }
}
