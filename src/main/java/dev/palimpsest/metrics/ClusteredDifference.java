package dev.palimpsest.metrics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The difference of two accuracies over the same images and several seeds, in points. The images of one seed share
/// a model and so are not independent: each seed is a cluster.
///
/// ```
/// d = Σ_s D_s / Σ_s n_s,  D_s = positive - negative flips of seed s over n_s images
/// se² = S / (S - 1) Σ_s (D_s - d n_s)² / (Σ_s n_s)²,  interval = d ± t(0.975; S - 1) se
/// ```
///
/// @param seeds how many, S
/// @param difference null without images
/// @param interval95 null below two seeds
public record ClusteredDifference(
        int seeds,
        @Nullable Double difference,
        @Nullable Interval interval95,
        @Nullable NullReason nullReason) {

    /// The difference that the seeds show together.
    ///
    /// @param flips of each seed, from the one run to the other
    public static ClusteredDifference of(List<Flips> flips) {
        double images = flips.stream().mapToDouble(Flips::images).sum();
        if (images == 0) {
            return new ClusteredDifference(flips.size(), null, null, NullReason.NOT_MEASURED);
        }
        double mean = flips.stream().mapToDouble(ClusteredDifference::gained).sum() / images;
        int seeds = flips.size();
        if (seeds < 2) {
            return new ClusteredDifference(seeds, 100 * mean, null, NullReason.NEEDS_TWO_VALUES);
        }
        double squares = flips.stream()
                .mapToDouble(seed -> gained(seed) - mean * seed.images())
                .map(rest -> rest * rest)
                .sum();
        double error = Math.sqrt(squares * seeds / (seeds - 1)) / images;
        double half = StudentT.quantile975(seeds - 1) * error;
        return new ClusteredDifference(seeds, 100 * mean, new Interval(100 * (mean - half), 100 * (mean + half)), null);
    }

    private static int gained(Flips flips) {
        return flips.positive() - flips.negative();
    }
}
