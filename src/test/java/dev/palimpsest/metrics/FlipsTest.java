package dev.palimpsest.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FlipsTest {

    private static Flips seed(int images, int negative, int positive) {
        return new Flips(images - negative - positive, 0, negative, positive);
    }

    @Test
    void anImageIsCountedByWhatItWasAndIs() {
        Flips flips = Flips.NONE
                .with(true, true)
                .with(true, false)
                .with(true, false)
                .with(false, true)
                .with(false, false);

        assertThat(flips).isEqualTo(new Flips(1, 1, 2, 1));
        assertThat(flips.images()).isEqualTo(5);
        assertThat(flips.negativeRate()).isEqualTo(40);
        assertThat(flips.positiveRate()).isEqualTo(20);
        assertThat(flips.plus(flips)).isEqualTo(new Flips(2, 2, 4, 2));
    }

    @Test
    void withoutImagesThereIsNoRate() {
        assertThat(Flips.NONE.negativeRate()).isNull();
        assertThat(Flips.NONE.positiveRate()).isNull();
    }

    /// Right, right in an earlier row, wrong in an earlier row; then the four words.
    @ParameterizedTest
    @CsvSource({
        "true,  false, false, true,  false, false, false",
        "true,  true,  false, true,  false, false, false",
        "true,  false, true,  true,  false, false, true",
        "true,  true,  true,  true,  false, false, true",
        "false, false, false, false, true,  false, false",
        "false, true,  false, false, true,  true,  false",
        "false, false, true,  false, true,  false, false",
        "false, true,  true,  false, true,  true,  false"
    })
    void outcomesAreThoseOfTheDefinitions(
            boolean right,
            boolean rightBefore,
            boolean wrongBefore,
            boolean correct,
            boolean wrong,
            boolean forgotten,
            boolean recovered) {
        List<Boolean> holds = new ArrayList<>();
        for (Outcome outcome : Outcome.values()) {
            holds.add(outcome.holds(right, rightBefore, wrongBefore));
        }

        assertThat(holds).containsExactly(correct, wrong, forgotten, recovered);
    }

    /// References: `mcnemar(exact=True)` of statsmodels 0.15.0; the last from `scipy.stats.binomtest` 1.17.1.
    @ParameterizedTest
    @CsvSource({
        "0,     0,     1",
        "5,     0,     0.0625",
        "3,     3,     1",
        "4,     1,     0.375",
        "10,    25,    0.016673847800120715",
        "70,    10,    3.161290522649495e-12",
        "1000,  900,   0.023108845108901193",
        "50000, 50500, 0.11547629006868594"
    })
    void mcNemarsTestIsTheReference(int negative, int positive, double p) {
        assertThat(McNemar.p(seed(200_000, negative, positive))).isCloseTo(p, within(1e-9 * p));
        assertThat(McNemar.p(seed(200_000, positive, negative))).isCloseTo(p, within(1e-9 * p));
    }

    @Test
    void aProbabilityThatIsTooSmallIsNone() {
        assertThat(McNemar.p(seed(200_000, 1, 100_000))).isZero();
    }

    /// References: the mean with `cov_type="cluster"` and `use_t=True` of statsmodels 0.15.0, a group each seed.
    @Test
    void theIntervalTakesSeedsAsClusters() {
        ClusteredDifference equal =
                ClusteredDifference.of(List.of(seed(1000, 30, 52), seed(1000, 41, 40), seed(1000, 25, 61)));
        ClusteredDifference unequal = ClusteredDifference.of(
                List.of(seed(500, 10, 20), seed(1000, 41, 40), seed(1500, 25, 91), seed(200, 3, 1), seed(800, 20, 22)));

        assertInterval(equal, 1.9000000000000004, -2.7407522231404053, 6.540752223140406);
        assertInterval(unequal, 1.8749999999999996, -1.6189310351114088, 5.368931035111408);
        assertThat(equal.seeds()).isEqualTo(3);
    }

    private static void assertInterval(ClusteredDifference found, double difference, double low, double high) {
        Interval interval = Objects.requireNonNull(found.interval95());
        assertThat(Objects.requireNonNull(found.difference())).isCloseTo(difference, offset(1e-10));
        assertThat(interval.low()).isCloseTo(low, offset(1e-10));
        assertThat(interval.high()).isCloseTo(high, offset(1e-10));
        assertThat(found.nullReason()).isNull();
    }

    /// With as many images a seed it is the paired difference of the accuracies of the seeds.
    @Test
    void seedsOfOneSizeGiveTheIntervalOfTheirDifferences() {
        SeedStatistics differences = SeedStatistics.of(List.of(2.2, -0.1, 3.6));
        Interval expected = Objects.requireNonNull(differences.ci95());

        assertInterval(
                ClusteredDifference.of(List.of(seed(1000, 30, 52), seed(1000, 41, 40), seed(1000, 25, 61))),
                Objects.requireNonNull(differences.mean()),
                expected.low(),
                expected.high());
    }

    @Test
    void oneSeedHasNoInterval() {
        ClusteredDifference one = ClusteredDifference.of(List.of(seed(100, 1, 4)));
        ClusteredDifference none = ClusteredDifference.of(List.of());

        assertThat(one.difference()).isEqualTo(3);
        assertThat(one.interval95()).isNull();
        assertThat(one.nullReason()).isEqualTo(NullReason.NEEDS_TWO_VALUES);
        assertThat(none.difference()).isNull();
        assertThat(none.nullReason()).isEqualTo(NullReason.NOT_MEASURED);
    }
}
