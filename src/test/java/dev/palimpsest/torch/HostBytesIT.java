package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("engine")
class HostBytesIT {

    private static final TorchRuntime RUNTIME = Torch.RUNTIME;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void bytesAreWrittenAcrossWindowsAndReadAsATensor(boolean mapped) {
        byte[] expected = new byte[1000];
        new Random(1).nextBytes(expected);
        try (HostBytes bytes =
                mapped ? HostBytes.inFile(RUNTIME, folder, 1000, 64) : HostBytes.inMemory(RUNTIME, 1000, 64)) {
            bytes.put(0, expected, 0, 1);
            bytes.put(1, expected, 1, 62);
            bytes.put(63, expected, 63, 937);

            try (Tensor tensor = bytes.tensor(10, 100)) {
                assertThat(bytes.mapped()).isEqualTo(mapped);
                assertThat(tensor.shape()).containsExactly(10, 100);
                assertThat(tensor.bytes()).isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aTensorKeepsItsMemory(boolean mapped) {
        long before = RUNTIME.openTensors();
        Tensor tensor;
        try (HostBytes bytes = mapped ? HostBytes.inFile(RUNTIME, folder, 3) : HostBytes.inMemory(RUNTIME, 3)) {
            bytes.put(0, new byte[] {1, 2, 3}, 0, 3);
            tensor = bytes.tensor(3);
        }
        try (tensor) {
            assertThat(tensor.bytes()).containsExactly(1, 2, 3);
        }
        assertThat(RUNTIME.openTensors()).isEqualTo(before);
    }

    @Test
    void aFileLosesItsNameAtOnce() throws IOException {
        try (HostBytes bytes = HostBytes.inFile(RUNTIME, folder.resolve("made"), 100)) {
            bytes.put(99, new byte[] {7}, 0, 1);
            try (Stream<Path> files = Files.list(folder.resolve("made"))) {
                assertThat(files).isEmpty();
            }
        }
    }

    @Test
    void aFolderThatCannotBeMadeIsTold() throws IOException {
        Path file = Files.writeString(folder.resolve("taken"), "");

        assertThatThrownBy(() -> HostBytes.inFile(RUNTIME, file, 1))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("taken");
    }

    /// Nothing but the last picture is written, so the rest takes no memory.
    @Test
    void pixelsBeyondTwoGibibytesAreReadRight() {
        int side = 6000;
        long image = 3L * side * side;
        int count = (int) ((1L << 31) / image) + 2;
        byte[] picture = new byte[(int) image];
        new Random(2).nextBytes(picture);
        long far = (count - 1) * image;
        long[] row = {count - 1};
        try (TensorScope scope = RUNTIME.scope();
                HostBytes large = HostBytes.inMemory(RUNTIME, count * image);
                HostBytes small = HostBytes.inMemory(RUNTIME, image)) {
            assertThat(far).isGreaterThan(1L << 31);
            large.put(far, picture, 0, picture.length);
            small.put(0, picture, 0, picture.length);
            long[] table = new long[3 * count];
            Arrays.fill(table, side);
            table[3 * (count - 1)] = far;

            Tensor uniform = owned(scope, large.tensor(count, 3, side, side));
            Tensor flat = owned(scope, large.tensor(count * image));
            Tensor alone = owned(scope, small.tensor(1, 3, side, side));
            List<Tensor> mixed = List.of(flat, scope.longs(table, count, 3));

            for (String entry : List.of("batch", "evaluate_bytes")) {
                byte[] expected = pixels(scope, entry, List.of(alone), new long[] {0});
                assertThat(pixels(scope, entry, List.of(uniform), row)).isEqualTo(expected);
                assertThat(pixels(scope, entry, mixed, row)).isEqualTo(expected);
            }
        }
    }

    private static Tensor owned(TensorScope scope, Tensor tensor) {
        scope.adopt(tensor);
        return tensor;
    }

    private static byte[] pixels(TensorScope scope, String entry, List<Tensor> images, long[] rows) {
        Program program = RUNTIME.program();
        Map<String, Long> choices = new LinkedHashMap<>(
                Map.of("side", 16L, "dtype", (long) ElementType.FLOAT32.code(), "augment", 1L, "flip", 0L));
        choices.putAll(Map.of("train_filter", 0L, "evaluate", 1L, "evaluate_size", 16L, "evaluate_filter", 0L));
        Map<String, Double> numbers = new LinkedHashMap<>(Map.of("crop_min", 0.5, "crop_max", 1.0, "brightness", 0.0));
        for (int channel = 0; channel < 3; channel++) {
            numbers.put("mean" + channel, 0.5);
            numbers.put("std" + channel, 0.5);
        }
        Tensor chosen = scope.longs(rows, rows.length);
        try (IntMap c = IntMap.of(choices);
                FloatMap f = FloatMap.of(numbers)) {
            if (entry.equals("evaluate_bytes")) {
                return program.call(scope, entry, images, chosen, c).bytes();
            }
            Tensor base = scope.floats(new float[1], 1);
            try (TensorMap s = TensorMap.of(Map.of("pixels", images, "base", List.of(base)))) {
                float[] values = program.call(scope, entry, s, c, f, 3L, chosen).floats();
                byte[] levels = new byte[values.length];
                for (int i = 0; i < values.length; i++) {
                    levels[i] = (byte) Math.round((values[i] * 0.5 + 0.5) * 255);
                }
                return levels;
            }
        }
    }
}
