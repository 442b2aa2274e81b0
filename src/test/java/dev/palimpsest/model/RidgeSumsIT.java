package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.support.StoredAnswers;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;
import tools.jackson.databind.JsonNode;

/// Ridge heads against scikit-learn's, and what the order of images may change.
@Tag("engine")
class RidgeSumsIT {

    private static final int D = TinyNetworks.WIDTH;

    /// A network with a map, in a type.
    private static final class Mapped implements AutoCloseable {

        private final Backbone backbone;
        private final Network network;
        private final Classifier.Projected map;

        Mapped(NumericMode mode, int classes, double[] projection) {
            backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, mode.compute(), 9);
            network = TinyNetworks.network(TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(1), classes, mode);
            network.restoreHeads(
                    new TensorBundle().put("projection", HostTensor.ofDoubles(projection, D, projection.length / D)),
                    List.of());
            map = (Classifier.Projected) network.classifier();
        }

        RidgeSums sums() {
            return new RidgeSums(network, map);
        }

        @Override
        public void close() {
            network.close();
            backbone.close();
        }
    }

    private static void add(RidgeSums sums, int position, double... rows) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            sums.add(position, scope.doubles(rows, rows.length / D, D));
        }
    }

    private static double error(RidgeSums sums, Tensor weights, int position, double... rows) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return sums.squaredError(weights, position, scope.doubles(rows, rows.length / D, D));
        }
    }

    private static double[] solved(RidgeSums sums, double ridge) {
        try (Tensor weights = Objects.requireNonNull(sums.solve(ridge), "positive definite")) {
            return weights.doubles();
        }
    }

    private static double[] row(double[] rows, int i) {
        return Arrays.copyOfRange(rows, i * D, (i + 1) * D);
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElseThrow();
    }

    private static void assertNear(double[] found, double[] expected, double share) {
        assertThat(found).hasSameSizeAs(expected);
        double tolerance = share * largest(expected);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).as("number %d", i).isCloseTo(expected[i], within(tolerance));
        }
    }

    private static Stream<DynamicTest> each(java.util.function.Consumer<JsonNode> check) {
        return StoredAnswers.of("ridge.json")
                .map(stored -> DynamicTest.dynamicTest(
                        stored.get("name").stringValue(), (Executable) () -> check.accept(stored)));
    }

    @TestFactory
    Stream<DynamicTest> headsAreThoseOfScikitLearn() {
        return each(stored -> {
            int[] labels = Arrays.stream(StoredAnswers.numbers(stored.get("labels")))
                    .mapToInt(label -> (int) label)
                    .toArray();
            double[] features = StoredAnswers.numbers(stored.get("features"));
            try (Mapped mapped = new Mapped(
                            NumericMode.FP64,
                            stored.get("classes").intValue(),
                            StoredAnswers.numbers(stored.get("projection")));
                    RidgeSums sums = mapped.sums()) {
                for (int i = 0; i < labels.length; i++) {
                    add(sums, labels[i], row(features, i));
                }

                double[] weights = solved(sums, stored.get("ridge").doubleValue());

                assertNear(weights, StoredAnswers.numbers(stored.get("weights")), 1e-7);
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> theErrorOfHeldOutImagesIsThatOfScikitLearn() {
        return each(stored -> {
            int[] labels = Arrays.stream(StoredAnswers.numbers(stored.get("labels")))
                    .mapToInt(label -> (int) label)
                    .toArray();
            double[] features = StoredAnswers.numbers(stored.get("features"));
            try (Mapped mapped = new Mapped(
                            NumericMode.FP64,
                            stored.get("classes").intValue(),
                            StoredAnswers.numbers(stored.get("projection")));
                    RidgeSums sums = mapped.sums()) {
                int[] counted = new int[stored.get("classes").intValue()];
                boolean[] held = new boolean[labels.length];
                for (int i = 0; i < labels.length; i++) {
                    held[i] = counted[labels[i]]++ % 5 == 4;
                    if (!held[i]) {
                        add(sums, labels[i], row(features, i));
                    }
                }
                double error = 0;
                try (Tensor weights =
                        Objects.requireNonNull(sums.solve(stored.get("chosen").doubleValue()))) {
                    for (int i = 0; i < labels.length; i++) {
                        error += held[i] ? error(sums, weights, labels[i], row(features, i)) : 0;
                    }
                }

                double expected = stored.get("error").doubleValue();
                assertThat(error).isCloseTo(expected, within(1e-7 * expected));
            }
        });
    }

    private static double[] normal(long seed, int count) {
        Random random = new Random(seed);
        return IntStream.range(0, count).mapToDouble(_ -> random.nextGaussian()).toArray();
    }

    /// In fp32 too, because what is added up is fp64. The matrix's condition is about 1e4.
    @Test
    void tasksInAnyOrderGiveTheSameHeadToRounding() {
        double[] features = normal(1, 12 * D);
        double[] projection = normal(2, D * 600);
        try (Mapped mapped = new Mapped(NumericMode.FP32, 3, projection);
                RidgeSums forward = mapped.sums();
                RidgeSums backward = mapped.sums();
                RidgeSums twoParts = mapped.sums();
                RidgeSums part = mapped.sums()) {
            for (int i = 0; i < 12; i++) {
                add(forward, i % 3, row(features, i));
                add(backward, (11 - i) % 3, row(features, 11 - i));
                add(i < 5 ? part : twoParts, i % 3, row(features, i));
            }
            twoParts.addAll(part);

            double[] head = solved(forward, 10);

            assertNear(solved(backward, 10), head, 1e-11);
            assertNear(solved(twoParts, 10), head, 1e-11);
        }
    }

    @Test
    void imagesOfOneClassMayBeAddedAtOnce() {
        double[] features = normal(1, 40 * D);
        try (Mapped mapped = new Mapped(NumericMode.FP64, 2, normal(2, D * 9));
                RidgeSums atOnce = mapped.sums();
                RidgeSums oneByOne = mapped.sums()) {
            add(atOnce, 1, features);
            for (int i = 0; i < 40; i++) {
                add(oneByOne, 1, row(features, i));
            }

            assertNear(solved(atOnce, 1), solved(oneByOne, 1), 1e-11);
        }
    }

    @Test
    void whatIsSavedHasTheTriangleAndGoesOnToTheSameBits() {
        int width = 1100;
        double[] features = normal(1, 6 * D);
        double[] projection = normal(2, D * width);
        try (Mapped mapped = new Mapped(NumericMode.FP32, 3, projection);
                RidgeSums whole = mapped.sums();
                RidgeSums rest = mapped.sums()) {
            for (int i = 0; i < 4; i++) {
                add(whole, i % 2, row(features, i));
            }
            TensorBundle saved = Tensors.copy(whole.save(2));
            rest.restore(saved);
            for (int i = 4; i < 6; i++) {
                add(whole, 2, row(features, i));
                add(rest, 2, row(features, i));
            }

            assertThat(solved(rest, 0.5)).isEqualTo(solved(whole, 0.5));
            assertThat(saved.get("cross").shape()).containsExactly(2, width);
            assertThat(saved.names()).contains("gram3").doesNotContain("gram4");
            assertThat(IntStream.rangeClosed(1, 3)
                            .mapToLong(b -> saved.get("gram" + b).shape()[0]
                                    * saved.get("gram" + b).shape()[1])
                            .sum())
                    .isEqualTo(RidgeSums.kept(width))
                    .isLessThan((long) width * width * 3 / 4);
            assertThat(RidgeSums.blocks(width)).isEqualTo(3);
        }
    }

    @Test
    void aMatrixThatIsNotPositiveDefiniteIsToldAndOneWithARidgeIsSolved() {
        try (Mapped mapped = new Mapped(NumericMode.FP32, 2, normal(2, D * 5));
                RidgeSums sums = mapped.sums()) {
            assertThat(sums.meanSquare()).isZero();
            assertThat(sums.solve(0)).isNull();
            assertThat(solved(sums, 1)).containsOnly(0);

            add(sums, 0, new double[3 * D]);
            assertThat(sums.solve(0)).isNull();

            add(sums, 1, normal(3, D));
            assertThat(sums.meanSquare()).isPositive();
            assertThat(sums.solve(0)).isNull();
            assertThat(sums.solve(1e-3))
                    .satisfies(weights -> Objects.requireNonNull(weights).close());
        }
    }

    @Test
    void headsTakeTheRowsAndEverythingIsReleased() {
        long before = TestPrograms.RUNTIME.openTensors();
        try (Mapped mapped = new Mapped(NumericMode.FP32, 3, normal(2, D * 5));
                RidgeSums sums = mapped.sums()) {
            add(sums, 0, normal(3, D));
            add(sums, 1, normal(4, D));
            try (Tensor weights = Objects.requireNonNull(sums.solve(0.5))) {
                sums.serve(weights, 2);
                double[] served = mapped.map.heads().weight().doubles();
                double[] rows = weights.doubles();
                for (int i = 0; i < 10; i++) {
                    assertThat(served[i]).isEqualTo((float) rows[i]);
                }
                assertThat(Arrays.copyOfRange(served, 10, 15)).containsOnly(0);
            }
            assertThat(sums.save(2).get("gram1").type()).isEqualTo(ElementType.FLOAT64);
        }
        assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(before);
    }
}
