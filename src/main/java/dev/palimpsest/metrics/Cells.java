package dev.palimpsest.metrics;

import java.util.List;
import java.util.TreeSet;
import java.util.function.ToDoubleFunction;

/// The cells of a matrix as one formula reads them.
///
/// A cell without a count reads as NaN and is remembered, so that a formula needs no rule of its own for
/// holes: its result is NaN exactly when it touched one. A formula must therefore read every cell it depends
/// on. Not thread-safe; one for each evaluation of a formula.
final class Cells {

    private final AccuracyMatrix matrix;
    private final TreeSet<MetricValue.Cell> missing = new TreeSet<>();

    private Cells(AccuracyMatrix matrix) {
        this.matrix = matrix;
    }

    static MetricValue evaluate(AccuracyMatrix matrix, ToDoubleFunction<Cells> formula) {
        var cells = new Cells(matrix);
        double value = formula.applyAsDouble(cells);
        return cells.missing.isEmpty() ? MetricValue.of(value) : MetricValue.notMeasured(List.copyOf(cells.missing));
    }

    /// The accuracy in percent; indices count from 0.
    double at(int k, int j) {
        return 100.0 * count(k, j) / images(j);
    }

    /// The count, NaN where nothing was measured.
    double count(int k, int j) {
        var count = matrix.correct(k, j);
        if (count == null) {
            missing.add(new MetricValue.Cell(k + 1, j + 1));
            return Double.NaN;
        }
        return count;
    }

    /// How many test images the task has.
    int images(int j) {
        return matrix.testImages().get(j);
    }
}
