package dev.palimpsest.metrics;

import java.util.Locale;

/// What became of an image in a row of the matrix, beside the earlier rows in which it was measured
/// (`docs/metrics.md` 8).
public enum Outcome {
    /// Right in the row.
    CORRECT,
    /// Wrong in the row.
    WRONG,
    /// Wrong in the row, right in an earlier one.
    FORGOTTEN,
    /// Right in the row, wrong in an earlier one.
    RECOVERED;

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Whether only earlier rows can tell.
    public boolean needsEarlierRows() {
        return switch (this) {
            case CORRECT, WRONG -> false;
            case FORGOTTEN, RECOVERED -> true;
        };
    }

    /// Whether an image ends so.
    ///
    /// @param rightBefore in at least one earlier row
    /// @param wrongBefore in at least one earlier row
    public boolean holds(boolean right, boolean rightBefore, boolean wrongBefore) {
        return switch (this) {
            case CORRECT -> right;
            case WRONG -> !right;
            case FORGOTTEN -> !right && rightBefore;
            case RECOVERED -> right && wrongBefore;
        };
    }
}
