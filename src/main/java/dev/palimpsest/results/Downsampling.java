package dev.palimpsest.results;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/// Fewer points of a long series, all of them measured ones.
final class Downsampling {

    private Downsampling() {}

    /// The first and the last point, and of each of equally long stretches between them the lowest and the
    /// highest: no averages, so a peak of one step stays visible.
    ///
    /// @param most at least 1
    static <T> List<T> extremes(List<T> points, ToDoubleFunction<T> value, int most) {
        int count = points.size();
        if (count <= most) {
            return points;
        }
        if (most < 4) {
            return most == 1 ? List.of(points.getLast()) : List.of(points.getFirst(), points.getLast());
        }
        var kept = new TreeSet<Integer>();
        kept.add(0);
        kept.add(count - 1);
        int buckets = (most - 2) / 2;
        for (int bucket = 0; bucket < buckets; bucket++) {
            int from = 1 + (int) ((long) (count - 2) * bucket / buckets);
            int to = 1 + (int) ((long) (count - 2) * (bucket + 1) / buckets);
            int lowest = from;
            int highest = from;
            for (int i = from; i < to; i++) {
                double candidate = value.applyAsDouble(points.get(i));
                if (candidate < value.applyAsDouble(points.get(lowest))) {
                    lowest = i;
                }
                if (candidate > value.applyAsDouble(points.get(highest))) {
                    highest = i;
                }
            }
            kept.add(lowest);
            kept.add(highest);
        }
        var result = new ArrayList<T>(kept.size());
        kept.forEach(i -> result.add(points.get(i)));
        return result;
    }
}
