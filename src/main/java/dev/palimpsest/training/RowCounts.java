package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts of one row and the predictions behind them, filled task by task from logits (`docs/metrics.md` 1 and 8).
final class RowCounts {

    private static final int TOP = 5;

    private final List<LearningTask> tasks;
    private final Scenario scenario;
    private final boolean infersTask;
    private final int scored;
    private final List<Integer> images = new ArrayList<>();
    private final Map<Measure, List<@Nullable Integer>> correct = new EnumMap<>(Measure.class);
    private final List<CellPredictions> predictions = new ArrayList<>();

    /// @param scored how many outputs take part: all classes learned so far, or all there are
    RowCounts(List<LearningTask> tasks, int scored, Scenario scenario, boolean infersTask) {
        this.tasks = tasks;
        this.scored = scored;
        this.scenario = scenario;
        this.infersTask = infersTask;
        for (Measure measure : Measure.values()) {
            correct.put(measure, new ArrayList<>());
        }
    }

    /// Begins the counts of the next task.
    ///
    /// @param rows of its images, in the order in which they are counted
    Task begin(LearningTask task, int[] rows) {
        return new Task(task, rows);
    }

    /// Counts of one task, some images at a time.
    final class Task {

        private final LearningTask task;
        private final Map<Measure, Integer> counts = new EnumMap<>(Measure.class);
        private final int[] rows;
        private final int[] classes;
        private final int[] predicted;
        private final int[] inferredTasks;
        private final short[] classScores;
        private final short[] predictedScores;
        private int counted;

        private Task(LearningTask task, int[] rows) {
            this.task = task;
            this.rows = rows;
            this.classes = new int[rows.length];
            this.predicted = new int[rows.length];
            this.inferredTasks = new int[rows.length];
            this.classScores = new short[rows.length];
            this.predictedScores = new short[rows.length];
        }

        /// Counts further images.
        ///
        /// @param logits shape [images, outputs]
        /// @param targets class position of each image
        /// @param inferred task of each image as inferred; ignored unless the method infers
        void add(double[] logits, int outputs, int[] targets, int[] inferred) {
            int end = task.firstClass() + task.classCount();
            for (int i = 0; i < targets.length; i++) {
                int from = i * outputs;
                int best = best(logits, from, 0, scored);
                int target = targets[i];
                count(counts, Measure.TOP1, best == target);
                count(counts, Measure.TOP5, rank(logits, from, target) < TOP);
                count(counts, Measure.TASK_KNOWN, best(logits, from, task.firstClass(), end) == target);
                count(counts, Measure.TASK_ID, best >= task.firstClass() && best < end);
                count(counts, Measure.INFERRED_TASK, infersTask && inferred[i] == task.index());
                classes[counted] = target;
                predicted[counted] = best;
                inferredTasks[counted] = inferred[i];
                double whole = logarithmOfSum(logits, from, best);
                classScores[counted] = half(logits[from + target] - whole);
                predictedScores[counted] = half(logits[from + best] - whole);
                counted++;
            }
        }

        /// Puts the counts into the row. A task without images has none.
        void end() {
            images.add(counted);
            predictions.add(new CellPredictions(
                    task.index(),
                    rows,
                    classes,
                    predicted,
                    infersTask ? inferredTasks : null,
                    new CellPredictions.Scores(classScores, predictedScores)));
            for (Measure measure : Measure.values()) {
                measured(measure).add(counted > 0 && exists(measure) ? counts.getOrDefault(measure, 0) : null);
            }
        }
    }

    MeasuredRow row() {
        return new MeasuredRow(images, correct, predictions);
    }

    private boolean exists(Measure measure) {
        LearningTask last = tasks.getLast();
        return switch (measure) {
            case TOP1 -> true;
            case TOP5 -> last.firstClass() + last.classCount() >= TOP;
            case TASK_KNOWN, TASK_ID -> !scenario.sharesLabels();
            case INFERRED_TASK -> infersTask;
        };
    }

    private List<@Nullable Integer> measured(Measure measure) {
        return correct.computeIfAbsent(measure, key -> new ArrayList<>());
    }

    private static void count(Map<Measure, Integer> counts, Measure measure, boolean right) {
        counts.merge(measure, right ? 1 : 0, Integer::sum);
    }

    /// The first of the highest scores.
    private static int best(double[] logits, int from, int first, int end) {
        int best = first;
        for (int c = first + 1; c < end; c++) {
            if (logits[from + c] > logits[from + best]) {
                best = c;
            }
        }
        return best;
    }

    /// ln Σ exp of the scores that take part.
    ///
    /// @param best the highest of them, so that nothing overflows
    private double logarithmOfSum(double[] logits, int from, int best) {
        double most = logits[from + best];
        double sum = 0;
        for (int c = 0; c < scored; c++) {
            sum += Math.exp(logits[from + c] - most);
        }
        return most + Math.log(sum);
    }

    private static short half(double logarithm) {
        return Float.floatToFloat16((float) logarithm);
    }

    /// How many outputs come before the target.
    private int rank(double[] logits, int from, int target) {
        int before = 0;
        for (int c = 0; c < scored; c++) {
            double score = logits[from + c];
            if (score > logits[from + target] || (score == logits[from + target] && c < target)) {
                before++;
            }
        }
        return before;
    }
}
