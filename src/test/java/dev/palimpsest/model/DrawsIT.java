package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoublePredicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// First weights, by the statistics of large draws.
@Tag("engine")
class DrawsIT {

    private static final int CLASSES = 1000;
    private static final int RANK = 16;

    private Backbone backbone;

    @BeforeEach
    void open() {
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, 9);
    }

    @AfterEach
    void close() {
        backbone.close();
    }

    /// Normal with deviation 0.02 (`docs/methods/lorac-ipc.md` 1.1): 32,000 numbers; bounds are four standard errors.
    @Test
    void headsStartNormalWithDeviationTwoHundredths() {
        double[] weights = head("weight", 5);
        double[] biases = head("bias", 5);

        int n = CLASSES * TinyNetworks.WIDTH;
        assertThat(weights).hasSize(n);
        assertThat(mean(weights)).isCloseTo(0, within(4 * 0.02 / Math.sqrt(n)));
        assertThat(deviation(weights)).isCloseTo(0.02, within(4 * 0.02 / Math.sqrt(2.0 * n)));
        assertThat(share(weights, w -> Math.abs(w) < 0.02)).isCloseTo(0.6827, within(0.0104));
        assertThat(share(weights, w -> Math.abs(w) < 0.04)).isCloseTo(0.9545, within(0.0047));
        assertThat(biases).hasSize(CLASSES).containsOnly(0);
        assertThat(head("weight", 6)).isNotEqualTo(weights);
    }

    private double[] head(String part, long seed) {
        try (Network network = new Network(
                TestPrograms.RUNTIME,
                backbone,
                TinyNetworks.adapters(RANK),
                CLASSES,
                false,
                NumericMode.FP32,
                TinyNetworks.PLAIN_PIXELS,
                seed)) {
            return network.heads()
                    .save(List.of(new ClassRange(0, CLASSES)))
                    .get("task1." + part)
                    .doubles();
        }
    }

    /// Kaiming's rule on an in x r matrix, bound 1/sqrt(r) (`docs/methods/lorac-ipc.md` 2.1).
    @Test
    void aStartsUniformWithinOneOverTheRootOfTheRankAndBAtZero() {
        try (Network network = network()) {
            network.bank().grow(5);
            network.bank().grow(6);
            TensorBundle adapters = network.bank().save();

            Set<String> drawn = new HashSet<>();
            for (String name : adapters.names()) {
                double[] values = adapters.get(name).doubles();
                if (name.contains(".up.")) {
                    assertThat(values).as(name).containsOnly(0);
                    continue;
                }
                double bound = 1 / Math.sqrt(RANK);
                assertThat(Arrays.stream(values).map(Math::abs).max().orElse(0))
                        .as(name)
                        .isBetween(0.95 * bound, bound);
                assertThat(mean(values)).as(name).isCloseTo(0, within(4 * bound / Math.sqrt(3.0 * values.length)));
                assertThat(deviation(values)).as(name).isCloseTo(bound / Math.sqrt(3), within(0.1 * bound));
                assertThat(drawn.add(Arrays.toString(values)))
                        .as("%s is drawn by itself", name)
                        .isTrue();
            }
            assertThat(drawn).hasSize(2 * 2 * Site.values().length); // two adapters at six matrices of two blocks
        }
    }

    private Network network() {
        return TinyNetworks.network(
                TestPrograms.RUNTIME,
                backbone,
                TinyNetworks.adapters(RANK, EnumSet.allOf(Site.class)),
                2,
                NumericMode.FP32);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static double deviation(double[] values) {
        double mean = mean(values);
        return Math.sqrt(Arrays.stream(values)
                .map(v -> (v - mean) * (v - mean))
                .average()
                .orElseThrow());
    }

    private static double share(double[] values, DoublePredicate counted) {
        return (double) Arrays.stream(values).filter(counted).count() / values.length;
    }
}
