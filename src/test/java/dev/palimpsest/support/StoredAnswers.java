package dev.palimpsest.support;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What published libraries answered, stored below `src/test/resources/references` with how it was made
/// (`src/bench/python/references.py`).
public final class StoredAnswers {

    private StoredAnswers() {}

    /// The cases of a file.
    public static Stream<JsonNode> of(String file) {
        return GoldenCases.read(Path.of("src/test/resources/references", file))
                .get("cases")
                .valueStream();
    }

    /// The numbers of an array of any depth, in order.
    public static double[] numbers(JsonNode array) {
        return array.valueStream()
                .flatMapToDouble(
                        value -> value.isArray() ? Arrays.stream(numbers(value)) : DoubleStream.of(value.doubleValue()))
                .toArray();
    }
}
