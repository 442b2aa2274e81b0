package dev.palimpsest.metrics;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// `stat-1`: one number over several seeds.
///
/// @param sd sample standard deviation, divisor n - 1; null below two values
/// @param ci95 mean ± t(0.975; n - 1) · sd / √n; null below two values
/// @param nullReason why there is no spread
public record SeedStatistics(
        List<Double> values,
        @Nullable Double mean,
        @Nullable Double min,
        @Nullable Double max,
        @Nullable Double sd,
        @Nullable Interval ci95,
        @Nullable NullReason nullReason) {

    public SeedStatistics {
        values = List.copyOf(values);
    }

    public static SeedStatistics of(List<Double> values) {
        int n = values.size();
        if (n == 0) {
            return new SeedStatistics(values, null, null, null, null, null, NullReason.NEEDS_TWO_VALUES);
        }
        var summary = values.stream().mapToDouble(Double::doubleValue).summaryStatistics();
        double mean = summary.getAverage();
        if (n == 1) {
            return new SeedStatistics(
                    values, mean, summary.getMin(), summary.getMax(), null, null, NullReason.NEEDS_TWO_VALUES);
        }
        double squares =
                values.stream().mapToDouble(x -> (x - mean) * (x - mean)).sum();
        double sd = Math.sqrt(squares / (n - 1));
        double half = StudentT.quantile975(n - 1) * sd / Math.sqrt(n);
        return new SeedStatistics(
                values, mean, summary.getMin(), summary.getMax(), sd, new Interval(mean - half, mean + half), null);
    }

    public int n() {
        return values.size();
    }
}
