package dev.palimpsest.compare;

import dev.palimpsest.metrics.MetricDefinition.Better;
import dev.palimpsest.metrics.PairedDifference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `cmp-1`: every pair of arms by one metric. All pairs together are one family of tests.
public final class ArmComparison {

    private ArmComparison() {}

    private record Pair(int a, int b, PairedDifference difference) {}

    /// Compares each arm with each later one.
    ///
    /// @param better which end of the metric is wanted
    /// @param margin in the unit of the metric, above 0; null for no test of equivalence
    public static List<PairComparison> of(List<Arm> arms, Better better, @Nullable Double margin) {
        var pairs = new ArrayList<Pair>();
        for (int a = 0; a < arms.size(); a++) {
            for (int b = a + 1; b < arms.size(); b++) {
                pairs.add(new Pair(
                        a,
                        b,
                        PairedDifference.of(arms.get(a).values(), arms.get(b).values())));
            }
        }
        List<@Nullable Double> adjusted =
                Holm.adjusted(tested(pairs, pair -> pair.difference().p()));
        List<@Nullable Double> flips =
                tested(pairs, pair -> SignFlip.p(pair.difference().differences().values()));
        List<@Nullable Double> flipsAdjusted = Holm.adjusted(flips);
        List<@Nullable Double> same =
                tested(pairs, pair -> margin == null ? null : Equivalence.p(pair.difference(), margin));
        List<@Nullable Double> sameAdjusted = Holm.adjusted(same);
        var compared = new ArrayList<PairComparison>();
        for (int i = 0; i < pairs.size(); i++) {
            Pair pair = pairs.get(i);
            Equivalence equivalence = equivalence(margin, same.get(i), sameAdjusted.get(i));
            var evidence = new Evidence(
                    arms.get(pair.a()).name(),
                    arms.get(pair.b()).name(),
                    pair.difference(),
                    pairs.size(),
                    adjusted.get(i),
                    flipsAdjusted.get(i),
                    equivalence);
            compared.add(new PairComparison(
                    pair.a(),
                    pair.b(),
                    pair.difference(),
                    adjusted.get(i),
                    flips.get(i),
                    flipsAdjusted.get(i),
                    equivalence,
                    evidence.verdict(better)));
        }
        return List.copyOf(compared);
    }

    private interface Test {
        @Nullable
        Double p(Pair pair);
    }

    private static List<@Nullable Double> tested(List<Pair> pairs, Test test) {
        var values = new ArrayList<@Nullable Double>();
        pairs.forEach(pair -> values.add(test.p(pair)));
        return values;
    }

    private static @Nullable Equivalence equivalence(
            @Nullable Double margin, @Nullable Double p, @Nullable Double adjusted) {
        return margin == null || p == null || adjusted == null ? null : new Equivalence(margin, p, adjusted);
    }
}
