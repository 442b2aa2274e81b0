package dev.palimpsest.methods;

import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.support.GoldenComparison;
import dev.palimpsest.support.Tolerances;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import java.util.Objects;
import tools.jackson.databind.JsonNode;

/// The stored numbers of a trace of task arithmetic, and how near ours have to be.
final class ArithmeticNumbers {

    private static final double EXACT = 1e-10;

    private final ArithmeticSetup setup;
    private final NumericMode mode;
    private final GoldenComparison comparison;
    private final Tolerances tolerances;

    /// @param mode `fp64`, compared with 1e-10, or another, compared with the stored tolerances
    ArithmeticNumbers(ArithmeticSetup setup, NumericMode mode, GoldenComparison comparison) {
        this.setup = setup;
        this.mode = mode;
        this.comparison = comparison;
        this.tolerances = Tolerances.of(setup.golden());
    }

    double tolerance(String quantity) {
        return mode.compute() == ElementType.FLOAT64 ? EXACT : tolerances.get(quantity);
    }

    /// Compares a tensor, if it is stored.
    void near(String name, String quantity, double[] found) {
        if (setup.tensors().has(name)) {
            comparison.near(name, found, setup.tensors().get(name).doubles(), tolerance(quantity));
        }
    }

    /// Compares numbers that stand in the trace's JSON.
    void near(String name, String quantity, double[] found, JsonNode stored) {
        double[] expected =
                stored.valueStream().mapToDouble(JsonNode::doubleValue).toArray();
        comparison.near(name, found, expected, tolerance(quantity));
    }

    /// Compares the counts of a row, unless a score is so nearly tied that rounding may decide it.
    ///
    /// @param stored with `correct` and `smallest_top1_margin`
    void counts(String name, MeasuredRow row, JsonNode stored, String quantity) {
        if (stored.get("smallest_top1_margin").doubleValue() <= 2 * tolerance(quantity)) {
            return;
        }
        long[] found = Objects.requireNonNull(row.correct().get(Measure.TOP1)).stream()
                .mapToLong(count -> Objects.requireNonNull(count))
                .toArray();
        comparison.same(
                name + ".correct",
                found,
                stored.get("correct")
                        .valueStream()
                        .mapToLong(JsonNode::longValue)
                        .toArray());
    }
}
