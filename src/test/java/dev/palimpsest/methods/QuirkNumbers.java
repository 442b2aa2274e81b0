package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.torch.HostTensor;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import tools.jackson.databind.JsonNode;

/// What every row of the quirk table is compared with, and how its text is read.
final class QuirkNumbers {

    static final double EXACT = 1e-10;

    /// Where a number has passed through float32.
    static final double SINGLE = 1e-6;

    private final GoldenComparison comparison = new GoldenComparison();

    GoldenComparison comparison() {
        return comparison;
    }

    void near(String name, double found, JsonNode stored) {
        String field = name.substring(name.lastIndexOf('.') + 1);
        comparison.near(name, found, stored.get(field).doubleValue(), EXACT);
    }

    static double norm(HostTensor values) {
        return norm(values.doubles());
    }

    static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(value -> value * value).sum());
    }

    static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    /// All numbers of nested arrays, in order.
    static double[] nested(JsonNode array) {
        return array.valueStream()
                .flatMapToDouble(one -> one.isArray() ? Arrays.stream(nested(one)) : DoubleStream.of(one.doubleValue()))
                .toArray();
    }

    static int number(String pattern, String text) {
        return Integer.parseInt(matcher(pattern, text).group(1));
    }

    static Matcher matcher(String pattern, String text) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        if (!matcher.find()) {
            throw new IllegalStateException("no %s in '%s'".formatted(pattern, text));
        }
        return matcher;
    }

    /// A task without images.
    static LearningTask task(int index, int[] labelRows) {
        int count = labelRows.length;
        int[] positions = IntStream.range(index * count, (index + 1) * count).toArray();
        List<String> labels =
                Arrays.stream(labelRows).mapToObj(Integer::toString).toList();
        return new LearningTask(
                index,
                "task " + index,
                positions,
                labelRows,
                labels,
                index * count,
                count,
                new int[0],
                new int[0],
                new int[0]);
    }
}
