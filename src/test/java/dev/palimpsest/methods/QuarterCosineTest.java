package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.support.GoldenCases;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/// InfLoRA's learning rate over the epochs.
class QuarterCosineTest {

    private static final Pattern RUN = Pattern.compile("K=(\\d+), lr=([0-9.e-]+)");

    @TestFactory
    Stream<DynamicTest> anEpochLateItIsThePublishedCurve() {
        return GoldenCases.tests("inflora", "memory", golden -> {
            JsonNode curves = golden.json().get("cosine_schedule");
            assertThat(curves.size()).isPositive();
            for (String name : curves.propertyNames()) {
                Matcher run = RUN.matcher(name);
                assertThat(run.matches()).as(name).isTrue();
                double[] stored = curves.get(name)
                        .valueStream()
                        .mapToDouble(JsonNode::doubleValue)
                        .toArray();
                double base = Double.parseDouble(run.group(2));
                assertThat(stored).hasSize(Integer.parseInt(run.group(1)));
                assertThat(rates(base, stored.length, 1)).as(name).containsExactly(stored, within(1e-17));
            }
        });
    }

    /// `cos(99 pi e / 800)` for e = 0..4, to sixteen digits.
    @Test
    void withoutALagItReachesItsLastRateInTheLastEpoch() {
        assertThat(rates(2, 5, 0))
                .containsExactly(
                        new double[] {
                            2,
                            2 * 0.9253751992908621,
                            2 * 0.7126385189252054,
                            2 * 0.3935408236546514,
                            2 * 0.015707317311820675
                        },
                        within(1e-14));
        assertThat(rates(2, 2, 0)).containsExactly(new double[] {2, 2 * 0.015707317311820675}, within(1e-14));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aSingleEpochRunsAtTheBase(int lag) {
        assertThat(rates(0.0005, 1, lag)).containsExactly(0.0005);
    }

    private static double[] rates(double base, int epochs, int lag) {
        Schedule schedule = new Schedule.QuarterCosine(lag);
        return IntStream.range(0, epochs)
                .mapToDouble(epoch -> schedule.rate(base, epoch, epochs))
                .toArray();
    }
}
