package dev.palimpsest.experiments;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.springframework.util.unit.DataSize;

class MemoryBudgetTest {

    private static final long GIB = 1L << 30;

    @Test
    void withoutASettingAQuarterOfWhatTheHeapLeavesIsForPictures() {
        assertThat(MemoryBudget.of(null, 1, 8 * GIB, 2 * GIB).imageStore()).isEqualTo(6 * GIB / 4);
        assertThat(MemoryBudget.of(null, 3, 8 * GIB, 2 * GIB).imageStore()).isEqualTo(6 * GIB / 4 / 3);
        assertThat(MemoryBudget.of(null, 0, 8 * GIB, 2 * GIB).imageStore()).isEqualTo(6 * GIB / 4);
        assertThat(MemoryBudget.of(null, 1, GIB, 2 * GIB).imageStore()).isZero();
    }

    @Test
    void aStoreThatTheMachineDoesNotHaveIsRefused() {
        DataSize asked = DataSize.ofGigabytes(4);

        assertThat(MemoryBudget.of(asked, 1, 8 * GIB, 2 * GIB).imageStore()).isEqualTo(4 * GIB);
        assertThatThrownBy(() -> MemoryBudget.of(asked, 2, 8 * GIB, 2 * GIB))
                .hasMessage("palimpsest.engine.image-store-size must be at most 3221225472 for 2 slots: of 8589934592"
                        + " bytes of memory the Java heap may take 2147483648 (PALIMPSEST_JAVA_OPTIONS); got"
                        + " 4294967296");
    }
}
