package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// When free pages go back to the system.
class NativeHeapTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MIB = 1 << 20;

    private final NativeHeap heap = new NativeHeap(0);

    @Test
    void stepsThatGoOnAsBeforeKeepTheirPages() {
        assertThat(heap.worthIt(15 * SECOND, 1_600 * MIB)).isFalse();
        assertThat(heap.worthIt(30 * SECOND, 1_700 * MIB)).isFalse();
        assertThat(heap.worthIt(45 * SECOND, 1_650 * MIB)).isFalse();
    }

    @Test
    void growthIsGivenBackAndMeasuredAnew() {
        assertThat(heap.worthIt(15 * SECOND, 1_600 * MIB)).isFalse();

        assertThat(heap.worthIt(30 * SECOND, 1_701 * MIB)).isTrue();
        assertThat(heap.worthIt(45 * SECOND, 2_000 * MIB)).isFalse();
        assertThat(heap.worthIt(60 * SECOND, 2_100 * MIB)).isFalse();
        assertThat(heap.worthIt(75 * SECOND, 2_126 * MIB)).isTrue();
    }

    @Test
    void afterFiveMinutesAllIsGivenBackOnce() {
        assertThat(heap.worthIt(15 * SECOND, 1_600 * MIB)).isFalse();

        assertThat(heap.worthIt(299 * SECOND, 1_600 * MIB)).isFalse();
        assertThat(heap.worthIt(300 * SECOND, 1_600 * MIB)).isTrue();
        assertThat(heap.worthIt(315 * SECOND, 1_600 * MIB)).isFalse();
    }
}
