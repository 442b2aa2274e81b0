package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.StoredAnswers;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;

/// The position table of a backbone that is loaded for images of another side, against PyTorch's interpolate.
@Tag("engine")
class PositionsIT {

    private static final int PATCH = 8;
    private static final int POSITIONS = 3;

    @TestFactory
    Stream<DynamicTest> aTableForAnotherSideIsThatOfPyTorch() {
        return StoredAnswers.of("positions.json")
                .map(stored -> DynamicTest.dynamicTest(
                        "%d to %d"
                                .formatted(
                                        stored.get("before").intValue(),
                                        stored.get("after").intValue()),
                        () -> compare(stored)));
    }

    private static void compare(JsonNode stored) {
        int before = stored.get("before").intValue();
        int after = stored.get("after").intValue();
        double[] table = StoredAnswers.numbers(stored.get("table"));
        double[] resized = StoredAnswers.numbers(stored.get("resized"));
        int columns = table.length / (before * before + 1);
        VitShape shape = new VitShape(before * PATCH, PATCH, 2, TinyNetworks.WIDTH, 4, 64);
        TensorBundle drawn = TinyNetworks.weights(3, shape);
        TensorBundle weights = new TensorBundle();
        for (String name : drawn.names()) {
            boolean positions = name.equals("pos_embed");
            weights.put(
                    name,
                    positions
                            ? HostTensor.ofFloats(floats(widened(table, columns)), 1, shape.tokens(), shape.width())
                            : drawn.get(name));
        }
        try (Backbone backbone =
                TinyNetworks.load(TestPrograms.RUNTIME, weights, 4, after * PATCH, ElementType.FLOAT64)) {
            double[] found = backbone.frozen().get(POSITIONS).doubles();

            double[] wanted = widened(resized, columns);
            assertThat(found).hasSameSizeAs(wanted);
            for (int i = 0; i < wanted.length; i++) {
                assertThat(Math.abs(found[i] - wanted[i]))
                        .as("position %d, column %d", i / TinyNetworks.WIDTH, i % TinyNetworks.WIDTH)
                        .isLessThan(1e-12);
            }
        }
    }

    /// Exact: the stored table has numbers of that type.
    private static float[] floats(double[] values) {
        float[] result = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            result[i] = (float) values[i];
        }
        return result;
    }

    /// The columns of a table again and again, as many as the network is wide.
    private static double[] widened(double[] table, int columns) {
        int rows = table.length / columns;
        double[] result = new double[rows * TinyNetworks.WIDTH];
        for (int i = 0; i < result.length; i++) {
            result[i] = table[i / TinyNetworks.WIDTH * columns + i % TinyNetworks.WIDTH % columns];
        }
        return result;
    }
}
