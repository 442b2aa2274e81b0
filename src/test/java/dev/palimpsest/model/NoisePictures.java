package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import java.util.List;
import java.util.Random;

/// Noise as an image store.
final class NoisePictures {

    private final int[] offsets;
    private final int[] heights;
    private final int[] widths;
    private final byte[] bytes;
    private final boolean oneSize;

    private NoisePictures(int[] heights, int[] widths, boolean oneSize) {
        this.heights = heights;
        this.widths = widths;
        this.oneSize = oneSize;
        offsets = new int[heights.length];
        int size = 0;
        for (int i = 0; i < heights.length; i++) {
            offsets[i] = size;
            size += 3 * heights[i] * widths[i];
        }
        bytes = new byte[size];
        new Random(size).nextBytes(bytes);
    }

    static NoisePictures uniform(int count, int height, int width) {
        return new NoisePictures(sides(count, height, height), sides(count, width, width), true);
    }

    /// Sides from 20 to 100, seldom square.
    static NoisePictures mixed(int count) {
        return new NoisePictures(sides(count, 20, 100), sides(count, 21, 99), false);
    }

    private static int[] sides(int count, int least, int most) {
        return new Random(count).ints(count, least, most + 1).toArray();
    }

    int height(int image) {
        return heights[image];
    }

    int width(int image) {
        return widths[image];
    }

    int level(int image, int channel, int y, int x) {
        return bytes[offsets[image] + (channel * heights[image] + y) * widths[image] + x] & 0xFF;
    }

    /// As a network keeps it on a device.
    List<Tensor> on(TensorScope scope, String device) {
        int count = heights.length;
        if (oneSize) {
            return List.of(
                    moved(scope, scope.bytes(bytes, count, 3, heights[0], widths[0]), ElementType.UINT8, device));
        }
        long[] table = new long[3 * count];
        for (int i = 0; i < count; i++) {
            table[3 * i] = offsets[i];
            table[3 * i + 1] = heights[i];
            table[3 * i + 2] = widths[i];
        }
        Tensor flat = moved(scope, scope.bytes(bytes, bytes.length), ElementType.UINT8, device);
        return List.of(flat, scope.longs(table, count, 3));
    }

    static Tensor moved(TensorScope scope, Tensor tensor, ElementType type, String device) {
        return TestPrograms.PROGRAM.call(scope, "adopt", tensor, type.code(), device);
    }
}
