package dev.palimpsest.results;

import dev.palimpsest.metrics.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One class of one task in a row (`docs/metrics.md` 8). Accuracies in percent of its images.
///
/// @param task from 1
/// @param correct of its images, in the row
/// @param learned after its own task; null where that was not measured or not kept
/// @param best the highest since then, the row included; null where one in between was not measured or not kept
/// @param forgotten images that are; null as `best`
/// @param recovered images that are; null as `best`
/// @param confusedWith the class that most of its wrong images were taken for, the first of several; null if none is
/// wrong
/// @param confused how many those are
public record ClassNumbers(
        int task,
        int classIndex,
        int images,
        int correct,
        @Nullable Double learned,
        @Nullable Double best,
        double now,
        @Nullable Integer forgotten,
        @Nullable Integer recovered,
        @Nullable Integer confusedWith,
        int confused) {

    /// The classes of a column in the order of the head.
    ///
    /// @param whole whether the column has all rows since the task
    static List<ClassNumbers> of(TaskColumn column, boolean whole) {
        var images = new TreeMap<Integer, List<Integer>>();
        for (int i = 0; i < column.classes().length; i++) {
            images.computeIfAbsent(column.classes()[i], _ -> new ArrayList<>()).add(i);
        }
        return images.entrySet().stream()
                .map(entry -> of(column, entry.getKey(), entry.getValue(), whole))
                .toList();
    }

    private static ClassNumbers of(TaskColumn column, int classIndex, List<Integer> images, boolean whole) {
        int forgotten = 0;
        int recovered = 0;
        var wrong = new TreeMap<Integer, Integer>();
        for (int i : images) {
            forgotten += column.is(Outcome.FORGOTTEN, i) ? 1 : 0;
            recovered += column.is(Outcome.RECOVERED, i) ? 1 : 0;
            if (!column.right(i)) {
                wrong.merge(column.now().predicted()[i], 1, Integer::sum);
            }
        }
        double now = accuracy(column, column.now(), images);
        Double best = whole ? now : null;
        for (TaskColumn.Decided row : column.earlier()) {
            best = best == null ? null : Math.max(best, accuracy(column, row, images));
        }
        TaskColumn.Decided first =
                column.earlier().isEmpty() ? column.now() : column.earlier().getFirst();
        int confused = wrong.values().stream().mapToInt(count -> count).max().orElse(0);
        Integer confusedWith = wrong.entrySet().stream()
                .filter(entry -> entry.getValue() == confused)
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(null);
        return new ClassNumbers(
                column.task(),
                classIndex,
                images.size(),
                right(column, column.now(), images),
                first.afterTask() == column.task() ? accuracy(column, first, images) : null,
                best,
                now,
                whole ? forgotten : null,
                whole ? recovered : null,
                confusedWith,
                confused);
    }

    private static double accuracy(TaskColumn column, TaskColumn.Decided row, List<Integer> images) {
        return 100.0 * right(column, row, images) / images.size();
    }

    private static int right(TaskColumn column, TaskColumn.Decided row, List<Integer> images) {
        return (int) images.stream().filter(image -> column.right(row, image)).count();
    }
}
