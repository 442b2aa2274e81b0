package dev.palimpsest.results;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Numbers of images as bytes of the database: as few bytes a number as the largest one needs.
final class PackedNumbers {

    private static final int SEVEN_BITS = 0x7F;

    private PackedNumbers() {}

    /// Numbers from 0 with 1, 2 or 4 bytes each, least significant first.
    static byte[] pack(int[] numbers) {
        int most = Arrays.stream(numbers).max().orElse(0);
        int width = most <= 0xFF ? 1 : most <= 0xFFFF ? 2 : 4;
        byte[] bytes = new byte[numbers.length * width];
        for (int i = 0; i < numbers.length; i++) {
            for (int b = 0; b < width; b++) {
                bytes[i * width + b] = (byte) (numbers[i] >>> (8 * b));
            }
        }
        return bytes;
    }

    /// @param count how many numbers there are
    static int[] unpack(byte[] bytes, int count) {
        int width = bytes.length / Math.max(1, count);
        int[] numbers = new int[count];
        for (int i = 0; i < count; i++) {
            for (int b = 0; b < width; b++) {
                numbers[i] |= (bytes[i * width + b] & 0xFF) << (8 * b);
            }
        }
        return numbers;
    }

    static byte[] packHalves(short[] halves) {
        ByteBuffer bytes = ByteBuffer.allocate(2 * halves.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asShortBuffer().put(halves);
        return bytes.array();
    }

    static short[] unpackHalves(byte[] bytes) {
        short[] halves = new short[bytes.length / 2];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer().get(halves);
        return halves;
    }

    /// Ascending numbers from 0 as their gaps, seven bits a byte, least significant first; the highest bit says that
    /// more
    /// follows.
    ///
    /// @throws IllegalArgumentException if they do not ascend
    static byte[] packAscending(int[] numbers) {
        var bytes = new ByteArrayOutputStream(numbers.length);
        int before = -1;
        for (int number : numbers) {
            if (number <= before) {
                throw new IllegalArgumentException(
                        "numbers must ascend from 0, got %d after %d".formatted(number, before));
            }
            int gap = number - Math.max(before, 0);
            while (gap > SEVEN_BITS) {
                bytes.write((gap & SEVEN_BITS) | (SEVEN_BITS + 1));
                gap >>>= 7;
            }
            bytes.write(gap);
            before = number;
        }
        return bytes.toByteArray();
    }

    static int[] unpackAscending(byte[] bytes, int count) {
        int[] numbers = new int[count];
        int at = 0;
        int number = 0;
        for (int i = 0; i < count; i++) {
            int shift = 0;
            while (bytes[at] < 0) {
                number += (bytes[at++] & SEVEN_BITS) << shift;
                shift += 7;
            }
            number += bytes[at++] << shift;
            numbers[i] = number;
        }
        return numbers;
    }
}
