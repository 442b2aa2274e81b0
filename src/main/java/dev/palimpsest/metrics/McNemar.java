package dev.palimpsest.metrics;

/// McNemar's exact test: whether two rows over the same images differ by more than chance.
///
/// Under the hypothesis that they do not, each of the n flips is negative or positive like the toss of a coin.
///
/// ```
/// p = min(1, 2 P(X ≤ min(negative, positive))),  X ~ B(n, 1/2)
/// ```
public final class McNemar {

    private McNemar() {}

    /// Two-sided p; 1 without flips.
    public static double p(Flips flips) {
        int n = Math.addExact(flips.negative(), flips.positive());
        int fewer = Math.min(flips.negative(), flips.positive());
        // ln of the largest term, (n choose fewer) / 2^n
        double logarithm = -n * Math.log(2);
        for (int i = 1; i <= fewer; i++) {
            logarithm += Math.log((double) (n - fewer + i) / i);
        }
        double sum = 0;
        double term = 1;
        for (int i = fewer; i >= 0 && term > 0; i--) {
            sum += term;
            term *= (double) i / (n - i + 1);
        }
        return Math.min(1, 2 * Math.exp(logarithm) * sum);
    }
}
