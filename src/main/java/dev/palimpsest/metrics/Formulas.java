package dev.palimpsest.metrics;

import java.util.List;

/// The formulas of `clm-1` and `alt-1`, each a pure function of the cells up to a number of tasks.
///
/// Indices count from 0, so the row after the last of `tasks` tasks is `tasks - 1`; the formulas in the docs
/// count from 1 as in `MetricDefinition`. Results are in percent or points; nothing is rounded.
final class Formulas {

    private Formulas() {}

    /// `A_k = (1/k) sum_{j<=k} a[k,j]`: every task weighs the same.
    static double average(Cells cells, int tasks) {
        double sum = 0;
        for (int j = 0; j < tasks; j++) {
            sum += cells.at(tasks - 1, j);
        }
        return sum / tasks;
    }

    /// `100 sum_{j<=k} c[k,j] / sum_{j<=k} n[j]`: every image weighs the same.
    static double averageMicro(Cells cells, int tasks) {
        double correct = 0;
        double images = 0;
        for (int j = 0; j < tasks; j++) {
            correct += cells.count(tasks - 1, j);
            images += cells.images(j);
        }
        return 100.0 * correct / images;
    }

    /// `(1/(T-first+1)) sum_{k=first..T} A_k`
    ///
    /// @param first index of the first row that counts
    static double incremental(Cells cells, int tasks, int first) {
        double sum = 0;
        for (int k = first; k < tasks; k++) {
            sum += average(cells, k + 1);
        }
        return sum / (tasks - first);
    }

    /// As `incremental`, with every image weighing the same inside a row.
    static double incrementalMicro(Cells cells, int tasks, int first) {
        double sum = 0;
        for (int k = first; k < tasks; k++) {
            sum += averageMicro(cells, k + 1);
        }
        return sum / (tasks - first);
    }

    /// `max_{j<=l<T} a[l,j]`, over the rows since the task was learned and without the last.
    static double bestBefore(Cells cells, int tasks, int j) {
        double best = Double.NEGATIVE_INFINITY;
        for (int l = j; l < tasks - 1; l++) {
            best = Math.max(best, cells.at(l, j));
        }
        return best;
    }

    /// `f_j = max_{j<=l<T} a[l,j] - a[T,j]`; negative where the last row is the best.
    static double forgettingOf(Cells cells, int tasks, int j) {
        return bestBefore(cells, tasks, j) - cells.at(tasks - 1, j);
    }

    /// `(1/(T-1)) sum_{j<T} f_j`
    static double forgetting(Cells cells, int tasks) {
        double sum = 0;
        for (int j = 0; j < tasks - 1; j++) {
            sum += forgettingOf(cells, tasks, j);
        }
        return sum / (tasks - 1);
    }

    /// `max_{j<T} f_j`
    static double worstForgetting(Cells cells, int tasks) {
        double worst = Double.NEGATIVE_INFINITY;
        for (int j = 0; j < tasks - 1; j++) {
            worst = Math.max(worst, forgettingOf(cells, tasks, j));
        }
        return worst;
    }

    /// `a[T,j] - a[j,j]`
    static double transferOf(Cells cells, int tasks, int j) {
        return cells.at(tasks - 1, j) - cells.at(j, j);
    }

    /// `(1/(T-1)) sum_{j<T} (a[T,j] - a[j,j])`
    static double backwardTransfer(Cells cells, int tasks) {
        double sum = 0;
        for (int j = 0; j < tasks - 1; j++) {
            sum += transferOf(cells, tasks, j);
        }
        return sum / (tasks - 1);
    }

    /// `(1/T) sum_{k<=T} a[k,k]`
    static double learning(Cells cells, int tasks) {
        double sum = 0;
        for (int k = 0; k < tasks; k++) {
            sum += cells.at(k, k);
        }
        return sum / tasks;
    }

    /// `min_{j<=T} a[T,j]`
    static double worstAccuracy(Cells cells, int tasks) {
        double worst = Double.POSITIVE_INFINITY;
        for (int j = 0; j < tasks; j++) {
            worst = Math.min(worst, cells.at(tasks - 1, j));
        }
        return worst;
    }

    /// `(1/(T-1)) sum_{j=2..T} (a[j-1,j] - b[j])`
    ///
    /// @param untrained b by task in percent; the first is not read
    static double forwardTransfer(Cells cells, int tasks, double[] untrained) {
        double sum = 0;
        for (int j = 1; j < tasks; j++) {
            sum += cells.at(j - 1, j) - untrained[j];
        }
        return sum / (tasks - 1);
    }

    /// `(1/(T-1)) sum_{j<T} (max_{j<=l<=T} a[l,j] - a[T,j])`: the last row is in the maximum.
    static double forgettingClipped(Cells cells, int tasks) {
        double sum = 0;
        for (int j = 0; j < tasks - 1; j++) {
            sum += Math.max(forgettingOf(cells, tasks, j), 0.0);
        }
        return sum / (tasks - 1);
    }

    /// `(1/(T-1)) sum_{t=2..T} (1/(t-1)) sum_{i<t} (a[t-1,i] - a[t,i])`
    static double forgettingStepwise(Cells cells, int tasks) {
        double sum = 0;
        for (int t = 1; t < tasks; t++) {
            double step = 0;
            for (int i = 0; i < t; i++) {
                step += cells.at(t - 1, i) - cells.at(t, i);
            }
            sum += step / t;
        }
        return sum / (tasks - 1);
    }

    /// `(2/(T(T-1))) sum_{i=2..T} sum_{j<i} (a[i,j] - a[j,j])`
    static double transferOfAllPairs(Cells cells, int tasks) {
        double sum = 0;
        for (int i = 1; i < tasks; i++) {
            for (int j = 0; j < i; j++) {
                sum += cells.at(i, j) - cells.at(j, j);
            }
        }
        return 2.0 * sum / (tasks * (tasks - 1.0));
    }

    /// `(2/(T(T+1))) sum_{k<=T} sum_{j<=k} a[k,j]`
    static double wholeTriangle(Cells cells, int tasks) {
        double sum = 0;
        for (int k = 0; k < tasks; k++) {
            for (int j = 0; j <= k; j++) {
                sum += cells.at(k, j);
            }
        }
        return 2.0 * sum / (tasks * (tasks + 1.0));
    }

    /// `100 (1/T) sum_j a_merged[j] / a_single[j]`
    static double normalised(double[] merged, double[] single) {
        double sum = 0;
        for (int j = 0; j < merged.length; j++) {
            sum += merged[j] / single[j];
        }
        return 100.0 * sum / merged.length;
    }

    /// `min(1, (1/T) sum_k p[1]/p[k])`
    static double modelSizeEfficiency(List<Long> parameters) {
        double sum = 0;
        for (long count : parameters) {
            sum += (double) parameters.getFirst() / count;
        }
        return Math.min(1.0, sum / parameters.size());
    }
}
