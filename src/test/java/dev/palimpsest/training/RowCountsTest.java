package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Counts of logits: written out for each measure, and against a sort of all scores.
class RowCountsTest {

    private static final LearningTask FIRST = task(0, 0, 3);
    private static final LearningTask SECOND = task(1, 3, 3);
    private static final int CLASSES = 6;

    /// Images of the second task, whose classes are 3, 4 and 5.
    @Test
    void eachMeasureCountsWhatItSays() {
        int[] targets = {3, 4, 5, 4};
        double[] logits = {
            0, 1, 2, 9, 3, 4, // the class itself
            0, 9, 1, 2, 5, 3, // best of its task, but a class of the other task is better
            9, 8, 7, 6, 1, 2, // 4 before it in the task and out of it: fifth of all
            5, 4, 3, 2, 1, 9, // right task, wrong class, and the last of all
        };
        RowCounts counts = new RowCounts(List.of(FIRST, SECOND), CLASSES, Scenario.CLASS_INCREMENTAL, true);
        add(counts, FIRST, new double[0], CLASSES, new int[0], new int[0]);

        add(counts, SECOND, logits, CLASSES, targets, new int[] {1, 0, 1, 1});

        assertThat(last(counts, Measure.TOP1)).isEqualTo(1);
        assertThat(last(counts, Measure.TASK_KNOWN)).isEqualTo(2);
        assertThat(last(counts, Measure.TOP5)).isEqualTo(3);
        assertThat(last(counts, Measure.TASK_ID)).isEqualTo(2);
        assertThat(last(counts, Measure.INFERRED_TASK)).isEqualTo(3);
        assertThat(counts.row().testImages()).containsExactly(0, 4);
    }

    @Test
    void ofEqualScoresTheFirstCounts() {
        double[] logits = {1, 1, 1, 1, 1, 1};
        List<Integer> top1 = new ArrayList<>();
        List<Integer> known = new ArrayList<>();
        List<Integer> top5 = new ArrayList<>();
        for (LearningTask task : List.of(FIRST, SECOND)) {
            for (int target : task.classes()) {
                RowCounts counts = new RowCounts(List.of(FIRST, SECOND), CLASSES, Scenario.CLASS_INCREMENTAL, false);
                add(counts, task, logits, CLASSES, new int[] {target}, new int[1]);
                top1.add(last(counts, Measure.TOP1));
                known.add(last(counts, Measure.TASK_KNOWN));
                top5.add(last(counts, Measure.TOP5));
            }
        }

        assertThat(top1).containsExactly(1, 0, 0, 0, 0, 0);
        assertThat(known).containsExactly(1, 0, 0, 1, 0, 0);
        assertThat(top5).containsExactly(1, 1, 1, 1, 1, 0);
    }

    @Test
    void whatWasCountedIsKept() {
        double[] logits = {
            0, 1, 2, 9, 3, 4, // the class itself
            0, 9, 1, 2, 5, 3, // a class of the other task
            0, 0, 0, 0, 0, 0, // the first of all
        };
        RowCounts counts = new RowCounts(List.of(FIRST, SECOND), CLASSES, Scenario.CLASS_INCREMENTAL, true);
        add(counts, FIRST, new double[0], CLASSES, new int[0], new int[0]);

        add(counts, SECOND, logits, CLASSES, new int[] {3, 4, 5}, new int[] {1, 0, 1});

        CellPredictions cell = counts.row().predictions().getLast();
        CellPredictions.Scores scores = Objects.requireNonNull(cell.scores());
        assertThat(cell.task()).isEqualTo(1);
        assertThat(cell.images()).containsExactly(0, 1, 2);
        assertThat(cell.classes()).containsExactly(3, 4, 5);
        assertThat(cell.predicted()).containsExactly(3, 1, 0);
        assertThat(cell.inferredTasks()).containsExactly(1, 0, 1);
        for (int i = 0; i < 3; i++) {
            double sum = 0;
            for (int c = 0; c < CLASSES; c++) {
                sum += Math.exp(logits[i * CLASSES + c]);
            }
            double own = Math.exp(logits[i * CLASSES + cell.classes()[i]]) / sum;
            double best = Math.exp(logits[i * CLASSES + cell.predicted()[i]]) / sum;
            // a logarithm in half precision: 2^-11 of it
            assertThat(CellPredictions.Scores.score(scores.ofClass()[i]))
                    .isCloseTo(own, offset(own * -Math.log(own) / 2048));
            assertThat(CellPredictions.Scores.score(scores.ofPredicted()[i]))
                    .isCloseTo(best, offset(best * -Math.log(best) / 2048));
        }
        assertThat(counts.row().predictions().getFirst().size()).isZero();
    }

    @Test
    void aMethodThatInfersNoTaskHasNoneInItsPredictions() {
        RowCounts counts = new RowCounts(List.of(FIRST), 3, Scenario.CLASS_INCREMENTAL, false);

        add(counts, FIRST, new double[] {0, 1, 2}, 3, new int[] {1}, new int[] {0});

        assertThat(counts.row().predictions().getFirst().inferredTasks()).isNull();
    }

    /// A class that is not learned yet takes part where the method says so, and not where it does not.
    @Test
    void aClassThatIsNotLearnedYetIsPredictedOnlyWhereItTakesPart() {
        double[] logits = {0, 1, 2, 9, 3, 4};
        for (int scored : new int[] {3, CLASSES}) {
            RowCounts counts = new RowCounts(List.of(FIRST), scored, Scenario.CLASS_INCREMENTAL, false);
            add(counts, FIRST, logits, CLASSES, new int[] {2}, new int[1]);
            assertThat(counts.row().predictions().getFirst().predicted()).containsExactly(scored == 3 ? 2 : 3);
        }
    }

    @Test
    void scoresOfAnySizeAreKept() {
        RowCounts counts = new RowCounts(List.of(FIRST), 3, Scenario.CLASS_INCREMENTAL, false);

        add(counts, FIRST, new double[] {1e300, 0, -1e300, 3e4, 3e4, 3e4}, 3, new int[] {2, 1}, new int[2]);

        CellPredictions.Scores scores =
                Objects.requireNonNull(counts.row().predictions().getFirst().scores());
        assertThat(CellPredictions.Scores.score(scores.ofPredicted()[0])).isEqualTo(1);
        assertThat(CellPredictions.Scores.score(scores.ofClass()[0])).isZero();
        assertThat(CellPredictions.Scores.score(scores.ofClass()[1])).isCloseTo(1 / 3.0, offset(2e-4));
    }

    /// With classes that are not learned yet among the outputs or without.
    @ParameterizedTest
    @ValueSource(ints = {CLASSES, CLASSES + 4})
    void countsAreThoseOfASortOfAllScores(int scored) {
        int outputs = CLASSES + 4;
        Random random = new Random(scored);
        RowCounts counts = new RowCounts(List.of(FIRST, SECOND), scored, Scenario.CLASS_INCREMENTAL, true);
        for (LearningTask task : List.of(FIRST, SECOND)) {
            int images = 200;
            int[] targets = random.ints(images, task.firstClass(), task.firstClass() + task.classCount())
                    .toArray();
            int[] inferred = random.ints(images, 0, 2).toArray();
            double[] logits = random.doubles((long) images * outputs).toArray();
            List<List<Integer>> ranked = IntStream.range(0, images)
                    .mapToObj(i -> ranked(logits, i * outputs, scored))
                    .toList();

            add(counts, task, logits, outputs, targets, inferred);

            IntPredicate own = c -> c >= task.firstClass() && c < task.firstClass() + task.classCount();
            assertThat(last(counts, Measure.TOP1))
                    .isEqualTo(images(images, i -> ranked.get(i).getFirst() == targets[i]));
            assertThat(last(counts, Measure.TOP5))
                    .isEqualTo(images(images, i -> ranked.get(i).subList(0, 5).contains(targets[i])));
            assertThat(last(counts, Measure.TASK_KNOWN))
                    .isEqualTo(images(
                            images,
                            i -> ranked.get(i).stream()
                                            .filter(own::test)
                                            .findFirst()
                                            .orElseThrow()
                                    == targets[i]));
            assertThat(last(counts, Measure.TASK_ID))
                    .isEqualTo(images(images, i -> own.test(ranked.get(i).getFirst())));
            assertThat(last(counts, Measure.INFERRED_TASK)).isEqualTo(images(images, i -> inferred[i] == task.index()));
        }
    }

    /// Half of the images at first, then the rest.
    private static void add(
            RowCounts counts, LearningTask task, double[] logits, int outputs, int[] targets, int[] inferred) {
        int half = targets.length / 2;
        RowCounts.Task begun =
                counts.begin(task, IntStream.range(0, targets.length).toArray());
        begun.add(
                Arrays.copyOfRange(logits, 0, half * outputs),
                outputs,
                Arrays.copyOfRange(targets, 0, half),
                Arrays.copyOfRange(inferred, 0, half));
        begun.add(
                Arrays.copyOfRange(logits, half * outputs, logits.length),
                outputs,
                Arrays.copyOfRange(targets, half, targets.length),
                Arrays.copyOfRange(inferred, half, inferred.length));
        begun.end();
    }

    private static int images(int count, IntPredicate counted) {
        return (int) IntStream.range(0, count).filter(counted).count();
    }

    /// Classes from the highest score down.
    private static List<Integer> ranked(double[] logits, int from, int scored) {
        return IntStream.range(0, scored)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer c) -> -logits[from + c]))
                .toList();
    }

    private static int last(RowCounts counts, Measure measure) {
        MeasuredRow row = counts.row();
        Integer count = row.correct().getOrDefault(measure, List.of()).getLast();
        if (count == null) {
            throw new AssertionError(measure + " was not counted");
        }
        return count;
    }

    private static LearningTask task(int index, int firstClass, int classCount) {
        int[] classes = IntStream.range(firstClass, firstClass + classCount).toArray();
        List<String> labels = IntStream.of(classes).mapToObj(c -> "class " + c).toList();
        int[] none = {};
        return new LearningTask(
                index, "task " + (index + 1), classes, classes, labels, firstClass, classCount, none, none, none);
    }
}
