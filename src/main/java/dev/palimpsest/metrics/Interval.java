package dev.palimpsest.metrics;

/// A 95 % interval.
public record Interval(double low, double high) {

    /// The standard normal quantile of 0.975.
    private static final double Z = 1.959963984540054;

    /// Wilson's score interval in percent.
    ///
    /// ```
    /// (p + z²/2n ± z sqrt(p(1-p)/n + z²/4n²)) / (1 + z²/n),  p = correct / n
    /// ```
    public static Interval wilson(int correct, int images) {
        if (images <= 0 || correct < 0 || correct > images) {
            throw new IllegalArgumentException(
                    "an accuracy needs 0 <= correct <= images and images > 0, got %d of %d".formatted(correct, images));
        }
        double n = images;
        double wrong = n - correct;
        double spread = Z * Math.sqrt(correct * wrong / n + Z * Z / 4);
        double center = correct + Z * Z / 2;
        // the ends are exact where nothing or everything is right
        double low = correct == 0 ? 0 : 100 * (center - spread) / (n + Z * Z);
        double high = correct == images ? 100 : 100 * (center + spread) / (n + Z * Z);
        return new Interval(low, high);
    }
}
