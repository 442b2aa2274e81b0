package dev.palimpsest.compare;

import dev.palimpsest.metrics.Interval;
import dev.palimpsest.metrics.MetricDefinition.Better;
import dev.palimpsest.metrics.PairedDifference;
import dev.palimpsest.metrics.SeedStatistics;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What is known of two arms, and the rule by which it becomes a verdict.
///
/// @param pairs how many pairs are tested together
/// @param adjusted p of the t test after Holm
/// @param flip p of the exact test after Holm
record Evidence(
        String a,
        String b,
        PairedDifference difference,
        int pairs,
        @Nullable Double adjusted,
        @Nullable Double flip,
        @Nullable Equivalence equivalence) {

    /// The chance of a false verdict that is taken, of the two tests together.
    static final double LEVEL = 0.05;

    /// The same for a test that stands alone: it rests on normal differences, which few seeds cannot show.
    static final double ALONE = 0.04;

    /// A difference below the margin is called equivalent even where it is surely not 0: the caller has said
    /// that it does not matter. Where the exact test can reach the level it has a veto, because it needs no
    /// normal distribution.
    Verdict verdict(Better better) {
        SeedStatistics statistics = difference.differences();
        int n = statistics.n();
        Double mean = statistics.mean();
        if (mean == null || n < 2) {
            return undecided("'%s' and '%s' have %d common seed%s with a value; two are needed."
                    .formatted(a, b, n, n == 1 ? "" : "s"));
        }
        if (adjusted == null) {
            return undecided(
                    mean == 0
                            ? "All %d common seeds give '%s' and '%s' the same value: what varies is not measured."
                                    .formatted(n, a, b)
                            : "All %d common seeds give the same difference of '%s' and '%s', %s: without a spread there is no test."
                                    .formatted(n, a, b, number(mean)));
        }
        String numbers = numbers(statistics, mean);
        if (equivalence != null && equivalence.adjusted() <= ALONE) {
            return new Verdict(
                    Verdict.Kind.EQUIVALENT,
                    "'%s' and '%s' differ by less than %s: %s, p = %s that they differ by more%s."
                            .formatted(
                                    a,
                                    b,
                                    number(equivalence.margin()),
                                    numbers,
                                    probability(equivalence.adjusted()),
                                    family()));
        }
        boolean vetoable = SignFlip.smallest(n) * pairs <= LEVEL;
        if (adjusted > (vetoable ? LEVEL : ALONE)) {
            return undecided("%s, p = %s%s: the seeds do not tell '%s' from '%s'%s."
                    .formatted(capital(numbers), probability(adjusted), family(), a, b, margin()));
        }
        if (vetoable && (flip == null || flip > LEVEL)) {
            return undecided("%s, but the exact sign-flip test has p = %s%s: a few seeds make the difference."
                    .formatted(capital(numbers), flip == null ? "none" : probability(flip), family()));
        }
        boolean higher = mean > 0;
        boolean wins = higher == (better == Better.HIGHER);
        String test = vetoable
                ? "p = %s by the t test and %s by the exact sign-flip test"
                        .formatted(probability(adjusted), probability(flip == null ? 1 : flip))
                : "p = %s by the t test alone, since the exact one is made for %d to %d seeds"
                        .formatted(probability(adjusted), fewest(), SignFlip.MOST);
        return new Verdict(
                wins ? Verdict.Kind.BETTER : Verdict.Kind.WORSE,
                "'%s' is %s than '%s': %s, %s%s.".formatted(a, wins ? "better" : "worse", b, numbers, test, family()));
    }

    /// From how many seeds on the exact test can reach the level.
    private int fewest() {
        int n = 2;
        while (SignFlip.smallest(n) * pairs > LEVEL) {
            n++;
        }
        return n;
    }

    private static Verdict undecided(String why) {
        return new Verdict(Verdict.Kind.UNDECIDED, why);
    }

    private static String numbers(SeedStatistics statistics, double mean) {
        Interval interval = statistics.ci95();
        String range = interval == null
                ? ""
                : " (95 %% interval %s to %s)".formatted(number(interval.low()), number(interval.high()));
        return "over %d common seeds the difference is %s%s".formatted(statistics.n(), number(mean), range);
    }

    private String family() {
        return pairs == 1 ? "" : ", after Holm over %d pairs".formatted(pairs);
    }

    private String margin() {
        return equivalence == null
                ? "; no margin was named within which they could be equivalent"
                : ", nor that they differ by less than %s (p = %s)"
                        .formatted(number(equivalence.margin()), probability(equivalence.adjusted()));
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2f", value);
    }

    private static String probability(double p) {
        return p < 0.0001 ? "below 0.0001" : String.format(Locale.ROOT, "%.4f", p);
    }

    private static String capital(String text) {
        return Character.toUpperCase(text.charAt(0)) + text.substring(1);
    }
}
