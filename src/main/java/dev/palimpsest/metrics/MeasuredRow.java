package dev.palimpsest.metrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One row of counts in every measure that was taken, from the same logits.
///
/// Refuses counts that contradict each other: such a row is a fault of the evaluator and must not be stored.
///
/// @param testImages test images of each task of the row
/// @param correct counts by measure, each as long as `testImages`; null = not measured
/// @param predictions what was counted, as long as `testImages`; empty where only the counts are known
public record MeasuredRow(
        List<Integer> testImages, Map<Measure, List<@Nullable Integer>> correct, List<CellPredictions> predictions) {

    /// No image is right in `top1` without being right in these too.
    private static final Set<Measure> AT_LEAST_TOP1 = Set.of(Measure.TOP5, Measure.TASK_KNOWN, Measure.TASK_ID);

    public MeasuredRow {
        testImages = List.copyOf(testImages);
        var copy = new EnumMap<Measure, List<@Nullable Integer>>(Measure.class);
        for (var entry : correct.entrySet()) {
            copy.put(entry.getKey(), checked(entry.getKey(), entry.getValue(), testImages));
        }
        correct = Collections.unmodifiableMap(copy);
        predictions = List.copyOf(predictions);
        checkAgainstTop1(correct);
        checkPredictions(testImages, correct, predictions);
    }

    public MeasuredRow(List<Integer> testImages, Map<Measure, List<@Nullable Integer>> correct) {
        this(testImages, correct, List.of());
    }

    /// The same counts alone, which is all that a run has to remember.
    public MeasuredRow withoutPredictions() {
        return new MeasuredRow(testImages, correct);
    }

    private static void checkPredictions(
            List<Integer> testImages,
            Map<Measure, List<@Nullable Integer>> correct,
            List<CellPredictions> predictions) {
        if (!predictions.isEmpty() && predictions.size() != testImages.size()) {
            throw new IllegalArgumentException(
                    "predictions must be of %d tasks, got %d".formatted(testImages.size(), predictions.size()));
        }
        for (int j = 0; j < predictions.size(); j++) {
            var cell = predictions.get(j);
            if (cell.size() != testImages.get(j)) {
                throw new IllegalArgumentException("predictions on task index %d must be of %d images, got %d"
                        .formatted(j, testImages.get(j), cell.size()));
            }
            checkPredicted(Measure.TOP1, j, correct, cell.right());
            checkPredicted(Measure.INFERRED_TASK, j, correct, cell.rightTasks());
        }
    }

    private static void checkPredicted(
            Measure measure, int j, Map<Measure, List<@Nullable Integer>> correct, @Nullable Integer predicted) {
        var counts = correct.getOrDefault(measure, List.of());
        var count = counts.isEmpty() ? null : counts.get(j);
        if (count != null && !count.equals(predicted)) {
            throw new IllegalArgumentException("%s on task index %d must be %s as the predictions say, got %d"
                    .formatted(measure.wireName(), j, predicted, count));
        }
    }

    private static List<@Nullable Integer> checked(
            Measure measure, List<@Nullable Integer> counts, List<Integer> testImages) {
        if (counts.size() != testImages.size()) {
            throw new IllegalArgumentException(
                    "%s must have %d counts, got %d".formatted(measure.wireName(), testImages.size(), counts.size()));
        }
        for (int j = 0; j < counts.size(); j++) {
            var count = counts.get(j);
            if (count != null && (count < 0 || count > testImages.get(j))) {
                throw new IllegalArgumentException("%s on task index %d must be 0..%d, got %d"
                        .formatted(measure.wireName(), j, testImages.get(j), count));
            }
        }
        return Collections.unmodifiableList(new ArrayList<>(counts));
    }

    private static void checkAgainstTop1(Map<Measure, List<@Nullable Integer>> correct) {
        var top1 = correct.getOrDefault(Measure.TOP1, List.of());
        for (var measure : AT_LEAST_TOP1) {
            var counts = correct.getOrDefault(measure, List.of());
            for (int j = 0; j < Math.min(top1.size(), counts.size()); j++) {
                var least = top1.get(j);
                var count = counts.get(j);
                if (least != null && count != null && count < least) {
                    throw new IllegalArgumentException("%s on task index %d must be at least top1 = %d, got %d"
                            .formatted(measure.wireName(), j, least, count));
                }
            }
        }
    }
}
