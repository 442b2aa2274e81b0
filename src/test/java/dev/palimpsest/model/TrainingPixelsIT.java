package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.IntMap;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The training pixels of a step against Pillow's resize, image by image.
@Tag("engine")
class TrainingPixelsIT {

    static final int IMAGES = 24;
    private static final int SIDE = 48;
    private static final List<Double> MEAN = List.of(0.5, 0.4, 0.3);
    private static final List<Double> STD = List.of(0.5, 0.25, 0.2);

    /// Sources of at most 64 pixels take another way than larger ones. Brightness multiplies a level's
    /// difference and cuts the product, which is a level more; bicubic weights exceed 1 together, and so does
    /// what one level of the first pass becomes in the second.
    @ParameterizedTest
    @CsvSource({
        "32, 32, false, 0.0, 1.0, 0.5",
        "20, 64, false, 0.0, 1.0, 0.5",
        "20, 64, false, 0.25, 2.25, 1.125",
        "33, 65, false, 0.0, 1.0, 0.5",
        "80, 100, false, 0.25, 2.25, 1.125",
        "32, 32, true, 0.0, 2.0, 0.5",
        "80, 100, true, 0.0, 2.0, 0.5"
    })
    void theyAreWithinALevelOfPillows(
            int height, int width, boolean bicubic, double brightness, double levels, double mean) {
        compare(recipe(bicubic, brightness), NoisePictures.uniform(IMAGES, height, width), "cpu", levels, mean);
    }

    @ParameterizedTest
    @CsvSource({"false, 0.0, 1.0, 0.5", "false, 0.25, 2.25, 1.125", "true, 0.0, 2.0, 0.5"})
    void thoseOfMixedSizesAreToo(boolean bicubic, double brightness, double levels, double mean) {
        compare(recipe(bicubic, brightness), NoisePictures.mixed(IMAGES), "cpu", levels, mean);
    }

    /// A device cuts the crops of a flat store out all at once.
    @Test
    void cropsOfMixedSizesAreCutOutTogether() {
        NoisePictures pictures = NoisePictures.mixed(IMAGES);
        Random random = new Random(2);
        int[][] boxes = new int[IMAGES][];
        for (int i = 0; i < IMAGES; i++) {
            int top = random.nextInt(pictures.height(i));
            int left = random.nextInt(pictures.width(i));
            int height = 1 + random.nextInt(pictures.height(i) - top);
            boxes[i] = new int[] {top, left, height, 1 + random.nextInt(pictures.width(i) - left)};
        }
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            List<Tensor> store = pictures.on(scope, "cpu");
            long[] each = Arrays.stream(boxes)
                    .flatMapToInt(Arrays::stream)
                    .asLongStream()
                    .toArray();
            Tensor cut =
                    TestPrograms.PROGRAM.call(scope, "crops", store.get(0), store.get(1), scope.longs(each, IMAGES, 4));

            long[] shape = cut.shape();
            double[] levels =
                    TestPrograms.PROGRAM.call(scope, "adopt", cut, 7L, "cpu").doubles();
            int plane = (int) (shape[2] * shape[3]);
            for (int i = 0; i < IMAGES; i++) {
                int[] box = boxes[i];
                for (int k = 0; k < 3 * box[2] * box[3]; k++) {
                    int channel = k / (box[2] * box[3]);
                    int y = k / box[3] % box[2];
                    int x = k % box[3];
                    assertThat(levels[(3 * i + channel) * plane + y * (int) shape[3] + x])
                            .as("image %d, channel %d, %d, %d", i, channel, y, x)
                            .isEqualTo(pictures.level(i, channel, box[0] + y, box[1] + x));
                }
            }
        }
    }

    static PixelRecipe recipe(boolean bicubic, double brightness) {
        return new PixelRecipe(true, 0.08, 1, bicubic, true, brightness, 1, SIDE, false, MEAN, STD);
    }

    /// Asserts that a batch formed on a device is near the plain one, which rounds twice, each time by a quarter of a
    /// level on average.
    ///
    /// @param levels that a pixel may differ
    /// @param mean difference of all, in levels
    static void compare(PixelRecipe recipe, NoisePictures pictures, String device, double levels, double mean) {
        double[] plain = batch("reference_batch", recipe, pictures, "cpu", ElementType.FLOAT64);
        double[] found = batch("batch", recipe, pictures, device, ElementType.FLOAT32);
        double[] half = batch("batch", recipe, pictures, device, ElementType.BFLOAT16);

        double sum = 0;
        int beyond = 0;
        for (int i = 0; i < plain.length; i++) {
            double level = 1 / (255 * STD.get(i / (SIDE * SIDE) % 3));
            double difference = Math.abs(found[i] - plain[i]);
            assertThat(difference).as("pixel %d", i).isLessThanOrEqualTo(levels * level + 1e-5);
            assertThat(half[i]).as("bf16 of pixel %d", i).isEqualTo(rounded(found[i]));
            sum += difference / level;
            beyond += difference > level + 1e-5 ? 1 : 0;
        }
        assertThat(sum / plain.length).as("mean difference in levels").isLessThan(mean);
        if (recipe.brightness() == 0) {
            assertThat(beyond).as("pixels beyond one level").isLessThan(plain.length / 10_000);
        }
    }

    private static double[] batch(
            String program, PixelRecipe recipe, NoisePictures pictures, String device, ElementType type) {
        Map<String, Long> ints = new HashMap<>(Map.of("side", (long) SIDE, "dtype", (long) type.code()));
        Map<String, Double> floats = new HashMap<>();
        recipe.into(ints, floats);
        long[] order = new Random(5)
                .ints(0, IMAGES)
                .distinct()
                .limit(IMAGES)
                .asLongStream()
                .toArray();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                TensorMap s = TensorMap.of(Map.of(
                        "pixels", pictures.on(scope, device),
                        "base",
                                List.of(NoisePictures.moved(
                                        scope, scope.floats(new float[1], 1), ElementType.FLOAT32, device))));
                IntMap c = IntMap.of(ints);
                FloatMap f = FloatMap.of(floats)) {
            return TestPrograms.PROGRAM
                    .call(scope, program, s, c, f, 7L, scope.longs(order, IMAGES))
                    .doubles();
        }
    }

    /// To bfloat16, halves to even.
    private static double rounded(double value) {
        int bits = Float.floatToIntBits((float) value);
        return Float.intBitsToFloat((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }
}
