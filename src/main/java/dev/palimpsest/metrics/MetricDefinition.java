package dev.palimpsest.metrics;

import static dev.palimpsest.metrics.MetricDefinition.Better.HIGHER;
import static dev.palimpsest.metrics.MetricDefinition.Better.LOWER;
import static dev.palimpsest.metrics.MetricDefinition.DefinitionSet.ALT_1;
import static dev.palimpsest.metrics.MetricDefinition.DefinitionSet.CLM_1;
import static dev.palimpsest.metrics.MetricDefinition.Unit.PERCENT;
import static dev.palimpsest.metrics.MetricDefinition.Unit.POINTS;
import static dev.palimpsest.metrics.MetricDefinition.Unit.RATIO;

import java.util.Locale;

/// Every definition id of the sets `clm-1` (what is reported) and `alt-1` (to recompute published numbers).
///
/// An id is frozen: another formula, null rule or count is another id. In the formulas k and j count from 1,
/// T is the number of tasks learned, `a[k,j]` the percentage right on task j after task k, `A_k` the mean of
/// row k.
public enum MetricDefinition {
    AVERAGE_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "A_k = (1/k) sum_{j<=k} a[k,j]"),
    AVERAGE_ACCURACY_MICRO(CLM_1, PERCENT, HIGHER, 1, "100 sum_{j<=k} c[k,j] / sum_{j<=k} n[j]"),
    FINAL_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "A_T"),
    FINAL_ACCURACY_MICRO(CLM_1, PERCENT, HIGHER, 1, "A_T over images"),
    AVERAGE_INCREMENTAL_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "(1/T) sum_{k<=T} A_k"),
    AVERAGE_INCREMENTAL_ACCURACY_MICRO(CLM_1, PERCENT, HIGHER, 1, "(1/T) sum_{k<=T} A_k over images"),
    FORGETTING(CLM_1, POINTS, LOWER, 2, "(1/(T-1)) sum_{j<T} f_j, f_j = max_{j<=l<T} a[l,j] - a[T,j]"),
    WORST_TASK_FORGETTING(CLM_1, POINTS, LOWER, 2, "max_{j<T} f_j"),
    BACKWARD_TRANSFER(CLM_1, POINTS, HIGHER, 2, "(1/(T-1)) sum_{j<T} (a[T,j] - a[j,j])"),
    LEARNING_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "(1/T) sum_{k<=T} a[k,k]"),
    WORST_TASK_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "min_{j<=T} a[T,j]"),
    TASK_ID_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "A_T of the measure task_id"),
    TASK_ID_ACCURACY_MICRO(CLM_1, PERCENT, HIGHER, 1, "A_T of task_id over images"),
    INFERRED_TASK_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "A_T of the measure inferred_task"),
    INFERRED_TASK_ACCURACY_MICRO(CLM_1, PERCENT, HIGHER, 1, "A_T of inferred_task over images"),
    TASK_KNOWN_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "A_T of the measure task_known"),
    TASK_KNOWN_ACCURACY_MICRO(CLM_1, PERCENT, HIGHER, 1, "A_T of task_known over images"),
    FINAL_TOP5_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "A_T of the measure top5"),
    FINAL_TOP5_ACCURACY_MICRO(CLM_1, PERCENT, HIGHER, 1, "A_T of top5 over images"),
    FORWARD_TRANSFER(
            CLM_1,
            POINTS,
            HIGHER,
            2,
            "(1/(T-1)) sum_{j=2..T} (a[j-1,j] - b[j]), b[j] = accuracy of the untrained start"),
    INTRANSIGENCE(
            CLM_1,
            POINTS,
            LOWER,
            1,
            "(1/T) sum_{k<=T} (a*[k] - a[k,k]), a*[k] = accuracy on task k of a model trained jointly on 1..k"),
    NORMALISED_ACCURACY(CLM_1, PERCENT, HIGHER, 1, "100 (1/T) sum_j a_merged[j] / a_single[j]"),
    FORGETTING_CLIPPED(ALT_1, POINTS, LOWER, 2, "(1/(T-1)) sum_{j<T} (max_{j<=l<=T} a[l,j] - a[T,j])"),
    FORGETTING_FIRST_MINUS_LAST(ALT_1, POINTS, LOWER, 2, "(1/(T-1)) sum_{j<T} (a[j,j] - a[T,j])"),
    FORGETTING_STEPWISE(ALT_1, POINTS, LOWER, 2, "(1/(T-1)) sum_{t=2..T} (1/(t-1)) sum_{i<t} (a[t-1,i] - a[t,i])"),
    BACKWARD_TRANSFER_ALL_PAIRS(ALT_1, POINTS, HIGHER, 2, "(2/(T(T-1))) sum_{i=2..T} sum_{j<i} (a[i,j] - a[j,j])"),
    REMEMBERING(ALT_1, PERCENT, HIGHER, 2, "100 - abs(min(backward_transfer_all_pairs, 0))"),
    POSITIVE_BACKWARD_TRANSFER(ALT_1, POINTS, HIGHER, 2, "max(backward_transfer_all_pairs, 0)"),
    WHOLE_TRIANGLE_ACCURACY(ALT_1, PERCENT, HIGHER, 1, "(2/(T(T+1))) sum_{k<=T} sum_{j<=k} a[k,j]"),
    AVERAGE_INCREMENTAL_ACCURACY_WITHOUT_FIRST(ALT_1, PERCENT, HIGHER, 2, "(1/(T-1)) sum_{k=2..T} A_k"),
    AVERAGE_INCREMENTAL_ACCURACY_MICRO_WITHOUT_FIRST(
            ALT_1, PERCENT, HIGHER, 2, "(1/(T-1)) sum_{k=2..T} A_k over images"),
    MODEL_SIZE_EFFICIENCY(
            ALT_1,
            RATIO,
            HIGHER,
            1,
            "min(1, (1/T) sum_k p[1]/p[k]), p[k] = parameters needed for inference after task k");

    /// Definitions that are frozen together.
    public enum DefinitionSet {
        CLM_1("clm-1"),
        ALT_1("alt-1");

        private final String id;

        DefinitionSet(String id) {
            this.id = id;
        }

        public String id() {
            return id;
        }
    }

    /// Points are the difference of two percentages.
    public enum Unit {
        PERCENT,
        POINTS,
        RATIO;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /// Which direction is the good one.
    public enum Better {
        HIGHER,
        LOWER;

        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final DefinitionSet set;
    private final Unit unit;
    private final Better better;
    private final int leastTasks;
    private final String formula;

    MetricDefinition(DefinitionSet set, Unit unit, Better better, int leastTasks, String formula) {
        this.set = set;
        this.unit = unit;
        this.better = better;
        this.leastTasks = leastTasks;
        this.formula = formula;
    }

    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The id that never changes its meaning: `clm-1/forgetting`.
    public String id() {
        return set.id() + "/" + wireName();
    }

    public DefinitionSet set() {
        return set;
    }

    public Unit unit() {
        return unit;
    }

    public Better better() {
        return better;
    }

    /// Two where the formula compares tasks, else one.
    public int leastTasks() {
        return leastTasks;
    }

    public String formula() {
        return formula;
    }

    /// Average accuracy is served as a curve; its last point has a name of its own.
    boolean curveOnly() {
        return this == AVERAGE_ACCURACY || this == AVERAGE_ACCURACY_MICRO;
    }
}
