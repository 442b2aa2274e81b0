package dev.palimpsest.results;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PackedNumbersTest {

    @ParameterizedTest
    @CsvSource({"0, 1", "255, 1", "256, 2", "65535, 2", "65536, 4", "2147483647, 4"})
    void aNumberTakesAsFewBytesAsTheLargestNeeds(int largest, int bytes) {
        int[] numbers = {0, largest, largest / 2, 1};

        assertThat(PackedNumbers.pack(numbers)).hasSize(4 * bytes);
        assertThat(PackedNumbers.unpack(PackedNumbers.pack(numbers), 4)).isEqualTo(numbers);
    }

    @Test
    void theLeastSignificantByteIsFirst() {
        assertThat(PackedNumbers.pack(new int[] {0x0102})).containsExactly(2, 1);
        assertThat(PackedNumbers.packHalves(new short[] {0x0102})).containsExactly(2, 1);
    }

    @Test
    void ascendingNumbersAreTheirGaps() {
        int[] numbers = {0, 1, 128, 256, 300_000, Integer.MAX_VALUE};

        assertThat(PackedNumbers.packAscending(new int[] {5, 132, 260})).containsExactly(5, 127, (byte) 0x80, 1);
        assertThat(PackedNumbers.unpackAscending(PackedNumbers.packAscending(numbers), numbers.length))
                .isEqualTo(numbers);
    }

    @Test
    void numbersThatDoNotAscendAreRefused() {
        assertThatThrownBy(() -> PackedNumbers.packAscending(new int[] {3, 3}))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("numbers must ascend from 0, got 3 after 3");
        assertThatThrownBy(() -> PackedNumbers.packAscending(new int[] {-1}))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void halvesKeepEveryBit() {
        short[] halves = new short[1000];
        Random random = new Random(1);
        for (int i = 0; i < halves.length; i++) {
            halves[i] = (short) random.nextInt();
        }

        assertThat(PackedNumbers.unpackHalves(PackedNumbers.packHalves(halves))).isEqualTo(halves);
    }

    @Test
    void nothingIsNothing() {
        assertThat(PackedNumbers.unpack(PackedNumbers.pack(new int[0]), 0)).isEmpty();
        assertThat(PackedNumbers.unpackAscending(PackedNumbers.packAscending(new int[0]), 0))
                .isEmpty();
    }
}
