package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.torch.TensorScope;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Random crops against torchvision's RandomResizedCrop in plain Java, from the same uniform numbers: ten for the
/// area, ten for the ratio, two for the place.
@Tag("engine")
class CropBoxesIT {

    private static final int IMAGES = 400;
    private static final int NUMBERS = 22;

    @ParameterizedTest
    @CsvSource({
        "32, 32, 0.08, 1",
        "32, 32, 1, 1",
        "224, 160, 0.05, 1",
        "60, 300, 0.08, 1",
        "300, 40, 0.5, 1",
        "1, 1, 0.08, 1",
        "100, 101, 0.2, 0.3",
        "1000, 10, 0.9, 1",
    })
    void boxesAreThoseOfAPlainLoop(int height, int width, double least, double most) {
        double[] u = uniform(height + width);

        long[] found = boxes(u, height, width, least, most);

        for (int i = 0; i < IMAGES; i++) {
            assertThat(Arrays.copyOfRange(found, 4 * i, 4 * i + 4))
                    .as("image %d", i)
                    .isEqualTo(
                            plain(Arrays.copyOfRange(u, i * NUMBERS, (i + 1) * NUMBERS), height, width, least, most));
        }
    }

    /// Top, left, height and width: the first of ten candidates that fits, else the largest centred box whose ratio is
    /// within 3/4 and 4/3.
    private static long[] plain(double[] u, int height, int width, double least, double most) {
        for (int k = 0; k < 10; k++) {
            double area = (double) height * width * (least + u[k] * (most - least));
            double ratio = Math.exp((2 * u[10 + k] - 1) * Math.log(4.0 / 3));
            long w = (long) Math.rint(Math.sqrt(area * ratio));
            long h = (long) Math.rint(Math.sqrt(area / ratio));
            if (w > 0 && w <= width && h > 0 && h <= height) {
                return new long[] {(long) (u[20] * (height - h + 1)), (long) (u[21] * (width - w + 1)), h, w};
            }
        }
        long w = Math.min(width, (long) Math.rint(height * 4.0 / 3));
        long h = Math.min(height, (long) Math.rint(width * 4.0 / 3));
        return new long[] {(height - h) / 2, (width - w) / 2, h, w};
    }

    /// Over many boxes of a large picture, where rounding does not show.
    @Test
    void areaRatioAndPlaceCoverTheirRanges() {
        int side = 2000;
        long[] boxes = boxes(uniform(5), side, side, 0.1, 0.4);

        double[] area = each(boxes, box -> box[2] * box[3] / ((double) side * side));
        double[] ratio = each(boxes, box -> Math.log(box[3] / (double) box[2]) / Math.log(4.0 / 3));
        double[] top = each(boxes, box -> box[0] / (double) (side - box[2]));
        double[] left = each(boxes, box -> box[1] / (double) (side - box[3]));
        assertCovers(area, 0.1, 0.4);
        assertCovers(ratio, -1, 1);
        assertCovers(top, 0, 1);
        assertCovers(left, 0, 1);
    }

    /// Uniform between two bounds: 400 draws reach each within a fiftieth and lie around the middle.
    private static void assertCovers(double[] values, double least, double most) {
        double range = most - least;
        assertThat(Arrays.stream(values).min().orElseThrow()).isBetween(least - 0.001, least + 0.02 * range);
        assertThat(Arrays.stream(values).max().orElseThrow()).isBetween(most - 0.02 * range, most + 0.001);
        assertThat(Arrays.stream(values).average().orElseThrow())
                .isCloseTo((least + most) / 2, within(4 * range / Math.sqrt(12.0 * IMAGES)));
    }

    private interface OfBox {
        double value(long[] box);
    }

    private static double[] each(long[] boxes, OfBox value) {
        return IntStream.range(0, IMAGES)
                .mapToDouble(i -> value.value(Arrays.copyOfRange(boxes, 4 * i, 4 * i + 4)))
                .toArray();
    }

    private static double[] uniform(long seed) {
        return new Random(seed).doubles((long) IMAGES * NUMBERS).toArray();
    }

    private static long[] boxes(double[] u, int height, int width, double least, double most) {
        long[] sizes = IntStream.range(0, 2 * IMAGES)
                .mapToLong(i -> i % 2 == 0 ? height : width)
                .toArray();
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return TestPrograms.PROGRAM
                    .call(scope, "boxes", scope.doubles(u, IMAGES, NUMBERS), scope.longs(sizes, IMAGES, 2), least, most)
                    .longs();
        }
    }
}
