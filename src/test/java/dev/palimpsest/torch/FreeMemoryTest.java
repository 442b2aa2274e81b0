package dev.palimpsest.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/// When free memory goes back to the system.
class FreeMemoryTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MIB = 1 << 20;

    private final FreeMemory memory = new FreeMemory(0);

    @Test
    void stepsThatGoOnAsBeforeKeepTheirPages() {
        assertThat(memory.worthIt(15 * SECOND, 1_600 * MIB)).isFalse();
        assertThat(memory.worthIt(30 * SECOND, 1_650 * MIB)).isFalse();
        assertThat(memory.worthIt(45 * SECOND, 1_620 * MIB)).isFalse();
    }

    @Test
    void growthIsGivenBackAndMeasuredAnew() {
        assertThat(memory.worthIt(15 * SECOND, 1_600 * MIB)).isFalse();

        assertThat(memory.worthIt(30 * SECOND, 1_651 * MIB)).isTrue();
        assertThat(memory.worthIt(45 * SECOND, 2_000 * MIB)).isFalse();
        assertThat(memory.worthIt(60 * SECOND, 2_050 * MIB)).isFalse();
        assertThat(memory.worthIt(75 * SECOND, 2_063 * MIB)).isTrue();
    }

    @Test
    void afterFiveMinutesAllIsGivenBackOnce() {
        assertThat(memory.worthIt(15 * SECOND, 1_600 * MIB)).isFalse();

        assertThat(memory.worthIt(299 * SECOND, 1_600 * MIB)).isFalse();
        assertThat(memory.worthIt(300 * SECOND, 1_600 * MIB)).isTrue();
        assertThat(memory.worthIt(315 * SECOND, 1_600 * MIB)).isFalse();
    }
}
