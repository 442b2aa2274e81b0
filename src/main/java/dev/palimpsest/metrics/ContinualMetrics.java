package dev.palimpsest.metrics;

import dev.palimpsest.metrics.MetricDefinition.DefinitionSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleBiFunction;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Every number that is computed from a matrix of counts, by name, each with its definition id.
///
/// The formulas stand in [Formulas]; here are the rules when a number does not exist and why. A metric is
/// null exactly when its own formula needs a cell that was not measured, not when the matrix has a hole
/// somewhere.
public final class ContinualMetrics {

    private final AccuracyMatrix matrix;
    private final MetricContext context;
    private final int tasks;

    private ContinualMetrics(AccuracyMatrix matrix, MetricContext context) {
        this.matrix = matrix;
        this.context = context;
        this.tasks = matrix.tasksLearned();
    }

    public static ContinualMetrics of(AccuracyMatrix matrix, MetricContext context) {
        return new ContinualMetrics(matrix, context);
    }

    /// The scalars of `clm-1`.
    public List<Metric> all() {
        return ofSet(DefinitionSet.CLM_1);
    }

    /// The scalars of `alt-1`: only on request, never in a headline.
    public List<Metric> variants() {
        return ofSet(DefinitionSet.ALT_1);
    }

    private List<Metric> ofSet(DefinitionSet set) {
        return Arrays.stream(MetricDefinition.values())
                .filter(definition -> definition.set() == set && !definition.curveOnly())
                .map(this::metric)
                .toList();
    }

    public Headline headline() {
        return new Headline(
                tasks,
                metric(MetricDefinition.FINAL_ACCURACY),
                metric(MetricDefinition.AVERAGE_INCREMENTAL_ACCURACY),
                metric(MetricDefinition.FORGETTING));
    }

    public Metric metric(MetricDefinition definition) {
        return new Metric(definition, value(definition));
    }

    /// By name, over the tasks k = 1..T: the formula with T := k; null where it needs two tasks or a missing
    /// cell.
    public Map<String, List<@Nullable Double>> curves() {
        var curves = new LinkedHashMap<String, List<@Nullable Double>>();
        curves.put("average_accuracy", curve(1, Formulas::average));
        curves.put("average_accuracy_micro", curve(1, Formulas::averageMicro));
        curves.put("forgetting", curve(2, Formulas::forgetting));
        curves.put("backward_transfer", curve(2, Formulas::backwardTransfer));
        curves.put("learning_accuracy", curve(1, Formulas::learning));
        return Collections.unmodifiableMap(curves);
    }

    private List<@Nullable Double> curve(int leastTasks, ToDoubleBiFunction<Cells, Integer> formula) {
        var points = new ArrayList<@Nullable Double>();
        for (int k = 1; k <= tasks; k++) {
            int learned = k;
            points.add(k < leastTasks ? null : number(cells -> formula.applyAsDouble(cells, learned)));
        }
        return Collections.unmodifiableList(points);
    }

    public List<TaskMetrics> byTask() {
        return IntStream.range(0, tasks).mapToObj(this::ofTask).toList();
    }

    private TaskMetrics ofTask(int j) {
        var last = j == tasks - 1;
        var count = matrix.correct(tasks - 1, j);
        return new TaskMetrics(
                j + 1,
                number(cells -> cells.at(j, j)),
                last ? null : number(cells -> Formulas.bestBefore(cells, tasks, j)),
                number(cells -> cells.at(tasks - 1, j)),
                last ? null : number(cells -> Formulas.forgettingOf(cells, tasks, j)),
                last ? null : number(cells -> Formulas.transferOf(cells, tasks, j)),
                count == null
                        ? null
                        : Interval.wilson(count, matrix.testImages().get(j)));
    }

    /// I_k by task in points; null where the joint accuracy or the diagonal is not known.
    public List<@Nullable Double> intransigenceByTask() {
        var values = new ArrayList<@Nullable Double>();
        for (int k = 0; k < tasks; k++) {
            var joint = at(context.jointAccuracy(), k);
            var own = matrix.accuracy(k, k);
            values.add(joint == null || own == null ? null : joint - own);
        }
        return Collections.unmodifiableList(values);
    }

    private @Nullable Double number(ToDoubleFunction<Cells> formula) {
        return labelsDecideNothing(matrix.measure()) ? null : measured(formula).value();
    }

    private MetricValue value(MetricDefinition definition) {
        if (labelsDecideNothing(matrix.measure())) {
            return MetricValue.absent(NullReason.LABELS_SHARED);
        }
        if (definition == MetricDefinition.FORWARD_TRANSFER
                && !context.scenario().sharesLabels()) {
            return MetricValue.absent(NullReason.UNSEEN_CLASSES_MASKED);
        }
        if (tasks < definition.leastTasks()) {
            return MetricValue.absent(tasks == 0 ? NullReason.NOT_MEASURED : NullReason.NEEDS_TWO_TASKS);
        }
        return switch (definition) {
            case AVERAGE_ACCURACY, FINAL_ACCURACY -> measured(cells -> Formulas.average(cells, tasks));
            case AVERAGE_ACCURACY_MICRO, FINAL_ACCURACY_MICRO -> measured(cells -> Formulas.averageMicro(cells, tasks));
            case AVERAGE_INCREMENTAL_ACCURACY -> measured(cells -> Formulas.incremental(cells, tasks, 0));
            case AVERAGE_INCREMENTAL_ACCURACY_MICRO -> measured(cells -> Formulas.incrementalMicro(cells, tasks, 0));
            case FORGETTING -> measured(cells -> Formulas.forgetting(cells, tasks));
            case WORST_TASK_FORGETTING -> measured(cells -> Formulas.worstForgetting(cells, tasks));
            case BACKWARD_TRANSFER -> measured(cells -> Formulas.backwardTransfer(cells, tasks));
            case LEARNING_ACCURACY -> measured(cells -> Formulas.learning(cells, tasks));
            case WORST_TASK_ACCURACY -> measured(cells -> Formulas.worstAccuracy(cells, tasks));
            case TASK_ID_ACCURACY -> lastRowOf(Measure.TASK_ID, Formulas::average);
            case TASK_ID_ACCURACY_MICRO -> lastRowOf(Measure.TASK_ID, Formulas::averageMicro);
            case INFERRED_TASK_ACCURACY -> lastRowOf(Measure.INFERRED_TASK, Formulas::average);
            case INFERRED_TASK_ACCURACY_MICRO -> lastRowOf(Measure.INFERRED_TASK, Formulas::averageMicro);
            case TASK_KNOWN_ACCURACY -> lastRowOf(Measure.TASK_KNOWN, Formulas::average);
            case TASK_KNOWN_ACCURACY_MICRO -> lastRowOf(Measure.TASK_KNOWN, Formulas::averageMicro);
            case FINAL_TOP5_ACCURACY -> lastRowOf(Measure.TOP5, Formulas::average);
            case FINAL_TOP5_ACCURACY_MICRO -> lastRowOf(Measure.TOP5, Formulas::averageMicro);
            case FORWARD_TRANSFER -> forwardTransfer();
            case INTRANSIGENCE -> intransigence();
            case NORMALISED_ACCURACY -> normalisedAccuracy();
            case FORGETTING_CLIPPED -> measured(cells -> Formulas.forgettingClipped(cells, tasks));
            case FORGETTING_FIRST_MINUS_LAST -> measured(cells -> 0.0 - Formulas.backwardTransfer(cells, tasks));
            case FORGETTING_STEPWISE -> measured(cells -> Formulas.forgettingStepwise(cells, tasks));
            case BACKWARD_TRANSFER_ALL_PAIRS -> measured(cells -> Formulas.transferOfAllPairs(cells, tasks));
            case REMEMBERING ->
                measured(cells -> 100.0 - Math.abs(Math.min(Formulas.transferOfAllPairs(cells, tasks), 0.0)));
            case POSITIVE_BACKWARD_TRANSFER ->
                measured(cells -> Math.max(Formulas.transferOfAllPairs(cells, tasks), 0.0));
            case WHOLE_TRIANGLE_ACCURACY -> measured(cells -> Formulas.wholeTriangle(cells, tasks));
            case AVERAGE_INCREMENTAL_ACCURACY_WITHOUT_FIRST -> measured(cells -> Formulas.incremental(cells, tasks, 1));
            case AVERAGE_INCREMENTAL_ACCURACY_MICRO_WITHOUT_FIRST ->
                measured(cells -> Formulas.incrementalMicro(cells, tasks, 1));
            case MODEL_SIZE_EFFICIENCY -> modelSizeEfficiency();
        };
    }

    private boolean labelsDecideNothing(Measure measure) {
        return context.scenario().sharesLabels() && measure.needsOwnLabels();
    }

    private MetricValue measured(ToDoubleFunction<Cells> formula) {
        return Cells.evaluate(matrix, formula);
    }

    private MetricValue lastRowOf(Measure measure, ToDoubleBiFunction<Cells, Integer> formula) {
        if (labelsDecideNothing(measure)) {
            return MetricValue.absent(NullReason.LABELS_SHARED);
        }
        var other = measure == matrix.measure() ? matrix : context.companions().get(measure);
        if (other == null && measure == Measure.INFERRED_TASK) {
            return MetricValue.absent(NullReason.NOT_MADE_BY_METHOD);
        }
        if (other == null || other.tasksLearned() < tasks) {
            return MetricValue.notMeasured(IntStream.rangeClosed(1, tasks)
                    .mapToObj(task -> new MetricValue.Cell(tasks, task))
                    .toList());
        }
        return Cells.evaluate(other, cells -> formula.applyAsDouble(cells, tasks));
    }

    private MetricValue forwardTransfer() {
        var untrained = new double[tasks];
        for (int j = 1; j < tasks; j++) {
            var count = at(context.untrainedCorrect(), j);
            if (count == null || matrix.testImages().get(j) == 0) {
                return MetricValue.absent(NullReason.NEEDS_REFERENCE);
            }
            untrained[j] = 100.0 * count / matrix.testImages().get(j);
        }
        var value = measured(cells -> Formulas.forwardTransfer(cells, tasks, untrained));
        return value.value() == null ? MetricValue.absent(NullReason.NEEDS_FUTURE_CELLS) : value;
    }

    private MetricValue intransigence() {
        var joint = known(context.jointAccuracy());
        if (joint == null) {
            return MetricValue.absent(NullReason.NEEDS_REFERENCE);
        }
        return measured(cells -> Arrays.stream(joint).average().orElseThrow() - Formulas.learning(cells, tasks));
    }

    private MetricValue normalisedAccuracy() {
        var single = known(context.singleAccuracy());
        if (single == null) {
            return MetricValue.absent(NullReason.NEEDS_REFERENCE);
        }
        if (Arrays.stream(single).anyMatch(accuracy -> accuracy == 0)) {
            return MetricValue.absent(NullReason.REFERENCE_IS_ZERO);
        }
        return measured(cells -> Formulas.normalised(
                IntStream.range(0, tasks)
                        .mapToDouble(j -> cells.at(tasks - 1, j))
                        .toArray(),
                single));
    }

    private MetricValue modelSizeEfficiency() {
        return context.inferenceParameters().size() == tasks
                ? MetricValue.of(Formulas.modelSizeEfficiency(context.inferenceParameters()))
                : MetricValue.absent(NullReason.NOT_MEASURED);
    }

    /// The values of all tasks, or null where one is not known.
    private double @Nullable [] known(List<@Nullable Double> values) {
        var known = new double[tasks];
        for (int j = 0; j < tasks; j++) {
            var value = at(values, j);
            if (value == null) {
                return null;
            }
            known[j] = value;
        }
        return known;
    }

    private static <T> @Nullable T at(List<@Nullable T> values, int index) {
        return index < values.size() ? values.get(index) : null;
    }
}
