package dev.palimpsest.results;

import dev.palimpsest.metrics.Outcome;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The images of one task, as one row of the matrix decided them, beside the earlier rows that did.
///
/// Arrays are as long as there are images.
///
/// @param task from 1
/// @param places rows of the images in their part of the data set, ascending
/// @param classes columns of the head
/// @param earlier the rows in which these images were measured before, ascending
@SuppressWarnings("ArrayRecordComponent") // read once; never compared
record TaskColumn(int task, int[] places, int[] classes, Decided now, List<Decided> earlier) {

    /// One cell.
    ///
    /// @param inferredTasks from 1
    /// @param classScores natural logarithms in half precision, as are those of the predicted class
    @SuppressWarnings("ArrayRecordComponent") // read once; never compared
    record Decided(
            int afterTask,
            int[] predicted,
            int @Nullable [] inferredTasks,
            short @Nullable [] classScores,
            short @Nullable [] predictedScores) {}

    boolean right(Decided row, int image) {
        return row.predicted[image] == classes[image];
    }

    boolean right(int image) {
        return right(now, image);
    }

    boolean is(Outcome outcome, int image) {
        boolean rightBefore = false;
        boolean wrongBefore = false;
        for (Decided row : earlier) {
            rightBefore |= right(row, image);
            wrongBefore |= !right(row, image);
        }
        return outcome.holds(right(image), rightBefore, wrongBefore);
    }
}
