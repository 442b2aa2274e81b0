package dev.palimpsest.metrics;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// How many test images of task j were right after task k, for one measure and one stage.
///
/// Immutable. Rows and columns count from 0 here. Nothing is invented: a cell without a count is null, not
/// zero. A task without images has no count in any row. Cells above the diagonal exist only where a job measured
/// tasks it had not learned yet.
public final class AccuracyMatrix {

    private final Measure measure;
    private final Stage stage;
    private final List<Integer> testImages;
    private final List<List<@Nullable Integer>> rows;

    private AccuracyMatrix(Measure measure, Stage stage, List<Integer> testImages, List<List<@Nullable Integer>> rows) {
        this.measure = measure;
        this.stage = stage;
        this.testImages = testImages;
        this.rows = rows;
    }

    /// A matrix without rows.
    ///
    /// @param testImages test images of each task, also of those that are still to be learned; 0 for a task
    ///     that cannot be measured
    public static AccuracyMatrix empty(Measure measure, Stage stage, List<Integer> testImages) {
        for (int j = 0; j < testImages.size(); j++) {
            if (testImages.get(j) < 0) {
                throw new IllegalArgumentException(
                        "test images of task index %d must be at least 0, got %d".formatted(j, testImages.get(j)));
            }
        }
        return new AccuracyMatrix(measure, stage, List.copyOf(testImages), List.of());
    }

    /// A matrix with the given rows, oldest first.
    public static AccuracyMatrix of(
            Measure measure,
            Stage stage,
            List<Integer> testImages,
            List<? extends List<? extends @Nullable Integer>> rows) {
        var matrix = empty(measure, stage, testImages);
        for (var row : rows) {
            matrix = matrix.withRow(row);
        }
        return matrix;
    }

    /// This matrix and the row measured after the next task.
    ///
    /// @param correct counts from task 0 on; null = not measured. At least up to the diagonal, at most all
    ///     tasks
    /// @throws IllegalArgumentException for a row that cannot have been measured
    public AccuracyMatrix withRow(List<? extends @Nullable Integer> correct) {
        int k = rows.size();
        if (k == testImages.size()) {
            throw new IllegalArgumentException("all %d tasks have their row already".formatted(k));
        }
        if (correct.size() <= k || correct.size() > testImages.size()) {
            throw new IllegalArgumentException("the row after task index %d must have %d..%d counts, got %d"
                    .formatted(k, k + 1, testImages.size(), correct.size()));
        }
        for (int j = 0; j < correct.size(); j++) {
            var count = correct.get(j);
            if (count != null && testImages.get(j) == 0) {
                throw new IllegalArgumentException(
                        "%s after task index %d on task index %d must be null without images, got %d"
                                .formatted(measure.wireName(), k, j, count));
            }
            if (count != null && (count < 0 || count > testImages.get(j))) {
                throw new IllegalArgumentException("%s after task index %d on task index %d must be 0..%d, got %d"
                        .formatted(measure.wireName(), k, j, testImages.get(j), count));
            }
        }
        var longer = new ArrayList<>(rows);
        longer.add(Collections.unmodifiableList(new ArrayList<@Nullable Integer>(correct)));
        return new AccuracyMatrix(measure, stage, testImages, Collections.unmodifiableList(longer));
    }

    /// This matrix and a row of which nothing was measured.
    public AccuracyMatrix withMissingRow() {
        return withRow(Collections.nCopies(rows.size() + 1, (@Nullable Integer) null));
    }

    public Measure measure() {
        return measure;
    }

    public Stage stage() {
        return stage;
    }

    public List<Integer> testImages() {
        return testImages;
    }

    /// T: tasks learned so far, not tasks planned.
    public int tasksLearned() {
        return rows.size();
    }

    /// The count after task k on task j, null where nothing was measured.
    public @Nullable Integer correct(int k, int j) {
        var row = rows.get(k);
        return j < row.size() ? row.get(j) : null;
    }

    /// The percentage right after task k on task j, null where nothing was measured.
    public @Nullable Double accuracy(int k, int j) {
        var count = correct(k, j);
        return count == null ? null : 100.0 * count / testImages.get(j);
    }
}
