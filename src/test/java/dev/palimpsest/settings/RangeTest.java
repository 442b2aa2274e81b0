package dev.palimpsest.settings;

import static dev.palimpsest.settings.Examples.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Numbers on, just inside and just outside every kind of bound.
class RangeTest {

    record Bounded(
            @Setting(value = "Whole.", defaultValue = "2", min = 1, max = 3)
            int whole,

            @Setting(value = "Closed.", defaultValue = "0.5", min = 0.25, max = 0.75)
            double closed,

            @Setting(value = "Open.", defaultValue = "0.5", exclusiveMin = 0, exclusiveMax = 1)
            double open,

            @Setting(value = "Open above.", defaultValue = "0", min = -1, exclusiveMax = 1)
            double openAbove,

            @Setting(value = "Open below.", defaultValue = "0", exclusiveMin = -1, max = 1)
            double openBelow,

            @Setting(value = "Said twice.", defaultValue = "2", min = 1, exclusiveMin = 1, max = 3, exclusiveMax = 3)
            double twice,

            @Setting(
                    value = "Closed within open.",
                    defaultValue = "2",
                    min = 1,
                    exclusiveMin = 0,
                    max = 3,
                    exclusiveMax = 4)
            double closedWithin,

            @Setting(
                    value = "Open within closed.",
                    defaultValue = "2",
                    min = 0,
                    exclusiveMin = 1,
                    max = 4,
                    exclusiveMax = 3)
            double openWithin,

            @Setting(value = "At least.", defaultValue = "2", min = -2)
            double atLeast,

            @Setting(value = "At most.", defaultValue = "-2", max = 2)
            double atMost,

            @Setting(value = "Above.", defaultValue = "1", exclusiveMin = 0.5)
            double above,

            @Setting(value = "Below.", defaultValue = "0", exclusiveMax = 0.5)
            double below,

            @Setting(value = "Whole between open bounds.", defaultValue = "2", exclusiveMin = 1, exclusiveMax = 4)
            int wholeOpen,

            @Setting(value = "Large.", defaultValue = "0", min = -1e18, max = 1e17)
            double large,

            @Setting(value = "Any.", defaultValue = "0") double any,

            @Setting(value = "Any whole.", defaultValue = "0")
            int anyWhole,

            @Setting(value = "Any long.", defaultValue = "0")
            long anyLong) {}

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'whole': 1",
                "'whole': 3",
                "'closed': 0.25",
                "'closed': 0.75",
                "'open': 4.9e-324",
                "'open': 0.9999999999999999",
                "'open_above': -1",
                "'open_above': 0.9999999999999999",
                "'open_below': -0.9999999999999999",
                "'open_below': 1",
                "'twice': 1.0000000000000002",
                "'twice': 2.9999999999999996",
                "'closed_within': 1",
                "'closed_within': 3",
                "'open_within': 1.0000000000000002",
                "'open_within': 2.9999999999999996",
                "'at_least': -2",
                "'at_least': 1e308",
                "'at_most': 2",
                "'at_most': -1e308",
                "'above': 0.5000000000000001",
                "'below': 0.49999999999999994",
                "'whole_open': 2",
                "'whole_open': 3",
                "'large': -1e18",
                "'large': 1e17",
                "'any': -1.7976931348623157e308",
                "'any': 1.7976931348623157e308",
                "'any_whole': -2147483648",
                "'any_whole': 2147483647",
                "'any_long': -9223372036854775808",
                "'any_long': 9223372036854775807",
            })
    void aNumberUpToTheEdgeIsTaken(String setting) {
        assertThat(faults(setting)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'whole': 0                         | whole must be 1..3, got 0.",
                "'whole': 4                         | whole must be 1..3, got 4.",
                "'closed': 0.24999999999999997      | closed must be 0.25..0.75, got 0.24999999999999997.",
                "'closed': 0.7500000000000001       | closed must be 0.25..0.75, got 0.7500000000000001.",
                "'open': 0                          | open must be above 0 and below 1, got 0.",
                "'open': 1                          | open must be above 0 and below 1, got 1.",
                "'open_above': -1.0000000000000002  | open_above must be at least -1 and below 1, got -1.0000000000000002.",
                "'open_above': 1                    | open_above must be at least -1 and below 1, got 1.",
                "'open_below': -1                   | open_below must be above -1 and at most 1, got -1.",
                "'open_below': 1.0000000000000002   | open_below must be above -1 and at most 1, got 1.0000000000000002.",
                "'twice': 1                         | twice must be above 1 and below 3, got 1.",
                "'twice': 3                         | twice must be above 1 and below 3, got 3.",
                "'closed_within': 0.5               | closed_within must be 1..3, got 0.5.",
                "'closed_within': 3.5               | closed_within must be 1..3, got 3.5.",
                "'open_within': 1                   | open_within must be above 1 and below 3, got 1.",
                "'open_within': 3                   | open_within must be above 1 and below 3, got 3.",
                "'at_least': -3                     | at_least must be at least -2, got -3.",
                "'at_most': 3                       | at_most must be at most 2, got 3.",
                "'above': 0.5                       | above must be above 0.5, got 0.5.",
                "'below': 0.5                       | below must be below 0.5, got 0.5.",
                "'whole_open': 1                    | whole_open must be above 1 and below 4, got 1.",
                "'whole_open': 4                    | whole_open must be above 1 and below 4, got 4.",
                "'large': 2e17                      | large must be -1.0E18..100000000000000000, got 2.0E17.",
                "'any_whole': 2147483648            | any_whole must be -2147483648..2147483647, got 2147483648.",
                "'any_whole': -2147483649           | any_whole must be -2147483648..2147483647, got -2147483649.",
            })
    void aNumberBeyondTheEdgeIsRefusedWithTheBounds(String setting, String detail) {
        assertThat(faults(setting))
                .extracting(Fault::code, Fault::detail)
                .containsExactly(tuple("out_of_range", detail));
    }

    @ParameterizedTest
    @ValueSource(strings = {"9223372036854775808", "-9223372036854775809", "1000000000000000000000000000000"})
    void aWholeNumberThatNoLongHoldsIsOutOfRange(String value) {
        assertThat(faults("'any_long': " + value))
                .extracting(Fault::code, Fault::param)
                .containsExactly(tuple("out_of_range", "any_long"));
    }

    @Test
    void aNumberMustBeFinite() {
        var any = new Range(Double.NEGATIVE_INFINITY, false, Double.POSITIVE_INFINITY, false);

        assertThat(any.contains(Double.MAX_VALUE)).isTrue();
        assertThat(any.contains(Double.POSITIVE_INFINITY)).isFalse();
        assertThat(any.contains(Double.NEGATIVE_INFINITY)).isFalse();
        assertThat(any.contains(Double.NaN)).isFalse();
        assertThat(any).hasToString("finite");
    }

    private static List<Fault> faults(String setting) {
        return SettingsCheck.check(json("{%s}".formatted(setting)), Bounded.class, "");
    }
}
