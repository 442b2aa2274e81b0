package dev.palimpsest.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.metrics.MetricDefinition.Better;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Paired tests of arms against scipy and statsmodels, and the verdicts that follow from them.
class ArmComparisonTest {

    private static final double ROUNDING = 1e-9;

    @TestFactory
    Stream<DynamicTest> everyNumberIsThatOfScipyAndStatsmodels() throws IOException {
        JsonNode all = JsonMapper.shared()
                .readTree(Files.readString(Path.of("src", "test", "resources", "golden", "compare", "seeds.json")));

        return all.path("cases")
                .valueStream()
                .map(one -> DynamicTest.dynamicTest(one.path("name").asString(), () -> compare(one)));
    }

    private static void compare(JsonNode expected) {
        var arms = new ArrayList<Arm>();
        expected.path("arms").forEach(values -> {
            List<Double> numbers = values.valueStream().map(JsonNode::asDouble).toList();
            arms.add(arm("arm " + arms.size(), numbers.toArray(Double[]::new)));
        });

        List<PairComparison> pairs =
                ArmComparison.of(arms, Better.HIGHER, expected.path("margin").asDouble());

        assertThat(pairs).hasSize(expected.path("pairs").size());
        for (int i = 0; i < pairs.size(); i++) {
            JsonNode wanted = expected.path("pairs").get(i);
            PairComparison pair = pairs.get(i);
            assertThat(List.of(pair.a(), pair.b()))
                    .containsExactly(wanted.path("a").asInt(), wanted.path("b").asInt());
            close(pair.difference().differences().mean(), wanted, "mean");
            close(pair.difference().differences().sd(), wanted, "sd");
            close(pair.difference().t(), wanted, "t");
            close(pair.difference().p(), wanted, "p");
            close(pair.adjusted(), wanted, "p_holm");
            close(pair.signFlip(), wanted, "sign_flip");
            close(pair.signFlipAdjusted(), wanted, "sign_flip_holm");
            Equivalence same = Objects.requireNonNull(pair.equivalence());
            close(same.p(), wanted, "equivalence");
            close(same.adjusted(), wanted, "equivalence_holm");
        }
    }

    private static void close(@Nullable Double value, JsonNode wanted, String name) {
        double number = wanted.path(name).asDouble();
        assertThat(value).as(name).isNotNull().isCloseTo(number, within(ROUNDING * Math.max(1, Math.abs(number))));
    }

    @ParameterizedTest(name = "{0} against {1}, {2} is better, margin {3}: {4}")
    @CsvSource({
        "81.0 82.2 80.9 81.6 81.3 82.0, 80.0 81.0 80.1 80.5 80.4 81.0, HIGHER,     , BETTER",
        "81.0 82.2 80.9 81.6 81.3 82.0, 80.0 81.0 80.1 80.5 80.4 81.0, LOWER,      , WORSE",
        "80.0 81.0 80.1 80.5 80.4 81.0, 81.0 82.2 80.9 81.6 81.3 82.0, HIGHER,     , WORSE",
        "81.0 82.2 80.9 81.6 81.3 82.0, 80.0 81.0 80.1 80.5 80.4 81.0, HIGHER,  2.0, EQUIVALENT",
        "81.0 82.2 80.9 81.6 81.3 82.0, 80.0 81.0 80.1 80.5 80.4 81.0, HIGHER,  0.5, BETTER",
        "80.1 79.4 80.8 80.3 79.9 80.0, 80.0 79.6 80.7 80.4 79.8 80.1, HIGHER,  1.0, EQUIVALENT",
        "80.1 79.4 80.8 80.3 79.9 80.0, 80.0 79.6 80.7 80.4 79.8 80.1, HIGHER,     , UNDECIDED",
        "80.1 70.0 90.0 80.3 75.0 88.0, 80.0 79.6 80.7 80.4 79.8 80.1, HIGHER,  1.0, UNDECIDED",
        "81.0 82.0 83.0,                80.0 81.0 82.0,                HIGHER,  5.0, UNDECIDED",
        "81.0 82.0 83.0,                81.0 82.0 83.0,                HIGHER,  5.0, UNDECIDED",
        "81.0,                          80.0,                          HIGHER,  5.0, UNDECIDED",
    })
    void theVerdictFollowsFromTheTests(String a, String b, Better better, @Nullable Double margin, Verdict.Kind kind) {
        PairComparison pair = ArmComparison.of(List.of(arm("a", numbers(a)), arm("b", numbers(b))), better, margin)
                .getFirst();

        assertThat(pair.verdict().kind()).as(pair.verdict().why()).isEqualTo(kind);
        assertThat(pair.verdict().why()).endsWith(".").contains("'a'");
    }

    @Test
    void theSentenceHasTheNumbersThatDecide() {
        List<Arm> arms = List.of(
                arm("inflora", 88.91, 88.25, 89.40, 87.93, 88.66),
                arm("sequential", 87.75, 88.31, 88.02, 87.10, 87.95));

        assertThat(ArmComparison.of(arms, Better.HIGHER, null)
                        .getFirst()
                        .verdict()
                        .why())
                .isEqualTo("'inflora' is better than 'sequential': over 5 common seeds the difference is 0.80 (95 % "
                        + "interval 0.12 to 1.49), p = 0.0310 by the t test alone, since the exact one is made for 6 "
                        + "to 20 seeds.");
    }

    /// Nine of ten seeds give next to nothing, so the signs say nothing, however small the spread of the rest.
    @Test
    void theExactTestHasAVeto() {
        List<Arm> arms =
                List.of(arm("a", 1.0, 1.0, 1.0, 1.0, 1.0, -0.01, -0.01), arm("b", 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0));

        PairComparison pair = ArmComparison.of(arms, Better.HIGHER, null).getFirst();

        assertThat(pair.adjusted()).isLessThan(0.05);
        assertThat(pair.signFlip()).isGreaterThan(0.05);
        assertThat(pair.verdict().kind()).isEqualTo(Verdict.Kind.UNDECIDED);
        assertThat(pair.verdict().why()).contains("the exact sign-flip test has p = 0.06");
    }

    @Test
    void holmHoldsAFindingOfOneAmongManyArmsBack() {
        Arm a = arm("a", 88.91, 88.25, 89.40, 87.93, 88.66);
        Arm b = arm("b", 87.75, 88.31, 88.02, 87.10, 87.95);
        Arm c = arm("c", 88.01, 88.30, 88.52, 87.60, 88.25);

        assertThat(ArmComparison.of(List.of(a, b), Better.HIGHER, null)
                        .getFirst()
                        .verdict()
                        .kind())
                .isEqualTo(Verdict.Kind.BETTER);
        PairComparison among =
                ArmComparison.of(List.of(a, b, c), Better.HIGHER, null).getFirst();
        assertThat(among.difference().p()).isLessThan(0.05);
        assertThat(among.verdict().kind()).isEqualTo(Verdict.Kind.UNDECIDED);
        assertThat(among.verdict().why()).contains("after Holm over 3 pairs");
    }

    @Test
    void holmKeepsTheOrderAndLeavesOutWhatWasNotTested() {
        List<@Nullable Double> values = new ArrayList<>(List.of(0.04, 0.01, 0.03));
        values.add(null);

        assertThat(Holm.adjusted(values)).containsExactly(0.06, 0.03, 0.06, null);
        assertThat(Holm.adjusted(Collections.singletonList(null))).containsExactly((Double) null);
    }

    @Test
    void tooManySeedsForTheExactTestLeaveTheOtherAlone() {
        Double[] high = new Double[SignFlip.MOST + 1];
        Double[] low = new Double[SignFlip.MOST + 1];
        for (int seed = 0; seed < high.length; seed++) {
            high[seed] = 81 + 0.1 * (seed % 3);
            low[seed] = 80 + 0.1 * (seed % 2);
        }

        PairComparison pair = ArmComparison.of(List.of(arm("a", high), arm("b", low)), Better.HIGHER, null)
                .getFirst();

        assertThat(pair.signFlip()).isNull();
        assertThat(pair.verdict().kind()).isEqualTo(Verdict.Kind.BETTER);
    }

    /// Arms that are alike but for noise, with what a seed does to both.
    @ParameterizedTest(name = "{0} seeds, {1} arms")
    @CsvSource({"3, 2", "5, 2", "8, 2", "5, 4"})
    void ofAThousandNullStudiesAtMostAFewGiveAVerdict(int seeds, int arms) {
        var random = new SplittableRandom(20_261_128);
        int wrong = 0;
        for (int study = 0; study < 1000; study++) {
            var alike = new ArrayList<Arm>();
            double[] shared = random.doubles(seeds, 70, 90).toArray();
            for (int arm = 0; arm < arms; arm++) {
                Double[] values = new Double[seeds];
                for (int seed = 0; seed < seeds; seed++) {
                    values[seed] = shared[seed] + random.nextGaussian();
                }
                alike.add(arm("arm " + arm, values));
            }
            boolean found = ArmComparison.of(alike, Better.HIGHER, null).stream()
                    .anyMatch(pair -> pair.verdict().kind() != Verdict.Kind.UNDECIDED);
            wrong += found ? 1 : 0;
        }

        assertThat(wrong).isBetween(5, 60);
    }

    private static Arm arm(String name, Double... values) {
        Map<Long, Double> bySeed = new HashMap<>();
        for (int seed = 0; seed < values.length; seed++) {
            bySeed.put((long) seed, values[seed]);
        }
        return new Arm(name, bySeed);
    }

    private static Double[] numbers(String text) {
        return Stream.of(text.split(" ", -1)).map(Double::valueOf).toArray(Double[]::new);
    }
}
