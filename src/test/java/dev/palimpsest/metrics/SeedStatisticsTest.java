package dev.palimpsest.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// The large comparison with independent numbers is [MetricsGoldenTest].
class SeedStatisticsTest {

    @Test
    void theSpreadHasTheDivisorOfASample() {
        // metrics page, section 6; the divisor n would give 0.5111946791585369
        var statistics = SeedStatistics.of(List.of(88.91, 88.25, 89.40, 87.93, 88.66));

        assertThat(statistics.sd()).isCloseTo(0.5715330261673424, within(1e-12));
        assertThat(statistics.nullReason()).isNull();
    }

    @Test
    void oneValueHasNoSpread() {
        var statistics = SeedStatistics.of(List.of(90.0));

        assertThat(statistics.mean()).isEqualTo(90.0);
        assertThat(statistics.sd()).isNull();
        assertThat(statistics.nullReason()).isEqualTo(NullReason.NEEDS_TWO_VALUES);
    }

    @Test
    void onlyCommonSeedsArePaired() {
        var difference = PairedDifference.of(Map.of(1L, 3.0, 2L, 5.0, 3L, 1.0), Map.of(3L, 2.0, 2L, 4.0, 9L, 0.0));

        assertThat(difference.seeds()).containsExactly(2L, 3L);
        assertThat(difference.differences().values()).containsExactly(1.0, -1.0);
        assertThat(difference.t()).isZero();
        assertThat(difference.p()).isEqualTo(1.0);
    }

    @Test
    void theQuantileAndTheProbabilityBelongTogether() {
        for (int df : List.of(1, 2, 3, 7, 29, 63, 250, 1000)) {
            assertThat(StudentT.twoSided(StudentT.quantile975(df), df))
                    .as("df %d", df)
                    .isCloseTo(0.05, within(1e-14));
        }
        assertThatThrownBy(() -> StudentT.quantile975(0)).hasMessage("degrees of freedom must be at least 1, got 0");
    }

    @Test
    void theProbabilityAgreesWithItsClosedForms() {
        // df 1: 1 - (2/pi) atan t; df 2: 1 - t / sqrt(2 + t²)
        for (double t : List.of(0.01, 0.5, 1.0, 3.0, 40.0)) {
            assertThat(StudentT.twoSided(t, 1)).isCloseTo(2 / Math.PI * Math.atan(1 / t), within(1e-14));
            assertThat(StudentT.twoSided(-t, 2)).isCloseTo(1 - t / Math.sqrt(2 + t * t), within(1e-14));
        }
    }

    @Test
    void anIntervalNeedsPossibleCounts() {
        assertThatThrownBy(() -> Interval.wilson(5, 4)).hasMessageContaining("got 5 of 4");
        assertThatThrownBy(() -> Interval.wilson(0, 0)).hasMessageContaining("got 0 of 0");
    }
}
