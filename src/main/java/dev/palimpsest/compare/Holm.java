package dev.palimpsest.compare;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Holm's step-down adjustment: the chance of even one false finding among several tests stays below the level.
///
/// ```
/// adjusted p_(i) = min(1, max_{j<=i} (m - j + 1) p_(j))
/// ```
final class Holm {

    private Holm() {}

    /// Adjusted values in the order of the given ones. A test that could not be made stays null and counts for
    /// none.
    static List<@Nullable Double> adjusted(List<@Nullable Double> values) {
        List<Integer> order = IntStream.range(0, values.size())
                .boxed()
                .filter(i -> values.get(i) != null)
                .sorted(Comparator.comparingDouble(i -> value(values, i)))
                .toList();
        var adjusted = new ArrayList<@Nullable Double>(Collections.nCopies(values.size(), null));
        double highest = 0;
        for (int rank = 0; rank < order.size(); rank++) {
            int place = order.get(rank);
            highest = Math.max(highest, Math.min(1, (order.size() - rank) * value(values, place)));
            adjusted.set(place, highest);
        }
        return adjusted;
    }

    private static double value(List<@Nullable Double> values, int place) {
        Double value = values.get(place);
        return value == null ? 1 : value;
    }
}
