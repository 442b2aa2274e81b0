package dev.palimpsest.compare;

import dev.palimpsest.metrics.PairedDifference;
import dev.palimpsest.metrics.SeedStatistics;
import dev.palimpsest.metrics.StudentT;
import org.jspecify.annotations.Nullable;

/// Two one-sided t tests: whether a difference is surely smaller than a margin that the caller names.
///
/// @param margin greatest difference that makes no difference to the caller, above 0, in the unit of the metric
/// @param p the larger of the two one-sided p
/// @param adjusted p after Holm over all pairs of arms
public record Equivalence(double margin, double p, double adjusted) {

    /// The larger p of `mean > -margin` and `mean < margin`; null where the differences have no spread.
    static @Nullable Double p(PairedDifference difference, double margin) {
        SeedStatistics statistics = difference.differences();
        Double mean = statistics.mean();
        Double sd = statistics.sd();
        if (mean == null || sd == null || sd == 0) {
            return null;
        }
        double error = sd / Math.sqrt(statistics.n());
        int df = statistics.n() - 1;
        return Math.max(StudentT.above((mean + margin) / error, df), StudentT.above((margin - mean) / error, df));
    }
}
