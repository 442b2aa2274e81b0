package dev.palimpsest.metrics;

import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// `stat-1`: the difference of two experiments over the seeds that both have.
///
/// @param seeds the common seeds, ascending, in the order of the differences' values
/// @param t mean / (sd / √n); null below two seeds and where the differences have no spread
/// @param p two-sided, from Student's t with n - 1 degrees of freedom; null with t
public record PairedDifference(
        List<Long> seeds,
        SeedStatistics differences,
        @Nullable Double t,
        @Nullable Double p) {

    public PairedDifference {
        seeds = List.copyOf(seeds);
    }

    /// x - y by seed.
    public static PairedDifference of(Map<Long, Double> x, Map<Long, Double> y) {
        var common = new TreeSet<>(x.keySet());
        common.retainAll(y.keySet());
        var differences = SeedStatistics.of(common.stream()
                .map(seed -> x.getOrDefault(seed, 0.0) - y.getOrDefault(seed, 0.0))
                .toList());
        var mean = differences.mean();
        var sd = differences.sd();
        if (mean == null || sd == null || sd == 0) {
            return new PairedDifference(List.copyOf(common), differences, null, null);
        }
        double t = mean / (sd / Math.sqrt(common.size()));
        return new PairedDifference(List.copyOf(common), differences, t, StudentT.twoSided(t, common.size() - 1));
    }
}
