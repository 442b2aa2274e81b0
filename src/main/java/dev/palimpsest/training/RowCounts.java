package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Counts of one row, filled task by task from logits (`docs/metrics.md` 1).
final class RowCounts {

    private static final int TOP = 5;

    private final List<LearningTask> tasks;
    private final Scenario scenario;
    private final boolean infersTask;
    private final int scored;
    private final List<Integer> images = new ArrayList<>();
    private final Map<Measure, List<@Nullable Integer>> correct = new EnumMap<>(Measure.class);

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
    Task begin(LearningTask task) {
        return new Task(task);
    }

    /// Counts of one task, some images at a time.
    final class Task {

        private final LearningTask task;
        private final Map<Measure, Integer> counts = new EnumMap<>(Measure.class);
        private int counted;

        private Task(LearningTask task) {
            this.task = task;
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
            }
            counted += targets.length;
        }

        /// Puts the counts into the row. A task without images has none.
        void end() {
            images.add(counted);
            for (Measure measure : Measure.values()) {
                measured(measure).add(counted > 0 && exists(measure) ? counts.getOrDefault(measure, 0) : null);
            }
        }
    }

    MeasuredRow row() {
        return new MeasuredRow(images, correct);
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
