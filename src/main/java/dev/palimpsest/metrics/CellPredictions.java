package dev.palimpsest.metrics;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What was decided about each image of one task after another, from the same scores as the counts.
///
/// All arrays are as long as there are images. They are handed over, not copied; nobody changes them.
///
/// @param task whose images these are, from 0
/// @param images their rows in the source of the images, in the order of the task
/// @param classes the class of each, as a column of the head
/// @param predicted the class that each was taken for, as a column of the head; it may be one that is not learned yet
/// @param inferredTasks the task that the method took each to be from, from 0; null where it infers none
/// @param scores null where they were not kept
@SuppressWarnings("ArrayRecordComponent") // handed over without a copy; compared by content
public record CellPredictions(
        int task,
        int[] images,
        int[] classes,
        int[] predicted,
        int @Nullable [] inferredTasks,
        @Nullable Scores scores) {

    /// Softmax over the classes that took part, of two classes of each image, each as its natural logarithm in half
    /// precision: near 1 as near 0 the distance to it is known within a thousandth or two.
    ///
    /// @param ofClass of the image's own class
    /// @param ofPredicted of the class that it was taken for
    @SuppressWarnings("ArrayRecordComponent") // handed over without a copy; compared by content
    public record Scores(short[] ofClass, short[] ofPredicted) {

        /// The score that a stored number stands for, 0..1.
        public static double score(short halfLogarithm) {
            return Math.exp(Float.float16ToFloat(halfLogarithm));
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Scores(short[] own, short[] best)
                    && Arrays.equals(own, ofClass)
                    && Arrays.equals(best, ofPredicted);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(ofClass) + Arrays.hashCode(ofPredicted);
        }
    }

    public CellPredictions {
        requireLength("classes", classes.length, images.length);
        requireLength("predicted", predicted.length, images.length);
        if (inferredTasks != null) {
            requireLength("inferredTasks", inferredTasks.length, images.length);
        }
        if (scores != null) {
            requireLength("scores of the class", scores.ofClass.length, images.length);
            requireLength("scores of the prediction", scores.ofPredicted.length, images.length);
        }
    }

    private static void requireLength(String name, int length, int images) {
        if (length != images) {
            throw new IllegalArgumentException(
                    "%s must be as many as the %d images, got %d".formatted(name, images, length));
        }
    }

    public int size() {
        return images.length;
    }

    public boolean right(int image) {
        return predicted[image] == classes[image];
    }

    /// How many images count as right in `top1`.
    public int right() {
        int right = 0;
        for (int i = 0; i < predicted.length; i++) {
            right += right(i) ? 1 : 0;
        }
        return right;
    }

    /// How many images count as right in `inferred_task`; null where no task is inferred.
    public @Nullable Integer rightTasks() {
        return inferredTasks == null
                ? null
                : (int) Arrays.stream(inferredTasks).filter(one -> one == task).count();
    }

    public CellPredictions withoutScores() {
        return new CellPredictions(task, images, classes, predicted, inferredTasks, null);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof CellPredictions cell
                && cell.task == task
                && Arrays.equals(cell.images, images)
                && Arrays.equals(cell.classes, classes)
                && Arrays.equals(cell.predicted, predicted)
                && Arrays.equals(cell.inferredTasks, inferredTasks)
                && Objects.equals(cell.scores, scores);
    }

    @Override
    public int hashCode() {
        return 31 * task + Arrays.hashCode(predicted);
    }
}
