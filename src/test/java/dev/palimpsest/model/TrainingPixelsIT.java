package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The training pixels of a step against Pillow's resize, image by image.
@Tag("engine")
class TrainingPixelsIT {

    private static final int IMAGES = 24;
    private static final int SIDE = 48;
    private static final List<Double> MEAN = List.of(0.5, 0.4, 0.3);
    private static final List<Double> STD = List.of(0.5, 0.25, 0.2);

    /// Sources of at most 64 pixels take another way than larger ones. Brightness multiplies a level's
    /// difference and cuts the product, which is a level more.
    @ParameterizedTest
    @CsvSource({
        "32, 32, false, 0.0, 1.0",
        "20, 64, false, 0.0, 1.0",
        "20, 64, false, 0.25, 2.25",
        "33, 65, false, 0.0, 1.0",
        "80, 100, false, 0.25, 2.25",
        "32, 32, true, 0.0, 1.0",
        "80, 100, true, 0.0, 1.0"
    })
    void theyAreWithinALevelOfPillows(int height, int width, boolean bicubic, double brightness, double levels) {
        PixelRecipe recipe = new PixelRecipe(true, 0.08, 1, bicubic, true, brightness, 1, SIDE, false, MEAN, STD);
        try (Batch batch = new Batch(recipe, height, width)) {
            double[] plain = batch.of("reference_batch", ElementType.FLOAT64);
            double[] found = batch.of("batch", ElementType.FLOAT32);
            double[] half = batch.of("batch", ElementType.BFLOAT16);

            double sum = 0;
            for (int i = 0; i < plain.length; i++) {
                double level = 1 / (255 * STD.get(i / (SIDE * SIDE) % 3));
                double difference = Math.abs(found[i] - plain[i]);
                assertThat(difference).as("pixel %d", i).isLessThanOrEqualTo(levels * level + 1e-5);
                assertThat(half[i]).as("bf16 of pixel %d", i).isEqualTo(rounded(found[i]));
                sum += difference / level;
            }
            // the plain form rounds twice, each time by a quarter of a level on average
            assertThat(sum / plain.length).as("mean difference in levels").isLessThan(0.5 * levels);
        }
    }

    /// To bfloat16, halves to even.
    private static double rounded(double value) {
        int bits = Float.floatToIntBits((float) value);
        return Float.intBitsToFloat((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }

    /// Noise as a store, and a batch of it in another order.
    private static final class Batch implements AutoCloseable {

        private final TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
        private final PixelRecipe recipe;
        private final TensorMap store;
        private final Tensor rows;

        Batch(PixelRecipe recipe, int height, int width) {
            this.recipe = recipe;
            Random random = new Random(height);
            byte[] noise = new byte[IMAGES * 3 * height * width];
            random.nextBytes(noise);
            store = TensorMap.of(Map.of(
                    "pixels", List.of(scope.bytes(noise, IMAGES, 3, height, width)),
                    "base", List.of(scope.floats(new float[1], 1))));
            rows = scope.longs(
                    random.ints(0, IMAGES)
                            .distinct()
                            .limit(IMAGES)
                            .asLongStream()
                            .toArray(),
                    IMAGES);
        }

        double[] of(String program, ElementType type) {
            Map<String, Long> ints = new HashMap<>(Map.of("side", (long) SIDE, "dtype", (long) type.code()));
            Map<String, Double> floats = new HashMap<>();
            recipe.into(ints, floats);
            try (IntMap c = IntMap.of(ints);
                    FloatMap f = FloatMap.of(floats)) {
                return TestPrograms.PROGRAM
                        .call(scope, program, store, c, f, 7L, rows)
                        .doubles();
            }
        }

        @Override
        public void close() {
            store.close();
            scope.close();
        }
    }
}
