package dev.palimpsest.data;

import dev.palimpsest.data.RandomStreams.Stream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One task: its classes as a contiguous range of the head, and the rows of its pictures.
/// Arrays are handed over, not copied; nobody changes them.
///
/// @param index from 0
/// @param classes positions in the head, from 0; the same for all tasks where labels are shared
/// @param labelRows for each of `classes`, its row in the data set's labels
/// @param labels for each of `classes`, its name
/// @param train rows of the training source, ascending
/// @param validation rows of the **training** source that are kept away from training, ascending
/// @param test rows of the test source, ascending
@SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
public record LearningTask(
        int index,
        String name,
        int[] classes,
        int[] labelRows,
        List<String> labels,
        int firstClass,
        int classCount,
        int[] train,
        int[] validation,
        int[] test) {

    /// Cuts a data set into the tasks of a split.
    ///
    /// @param validationFraction share of the training pictures of each class, 0..0.5, drawn by the stream
    ///     `sampling` for each class by itself: what is kept away does not depend on the split
    /// @throws SplitException if a class has nothing to train on or a task nothing to test on
    public static List<LearningTask> of(
            Dataset dataset, TaskSplit split, double validationFraction, RandomStreams streams) {
        if (!(validationFraction >= 0 && validationFraction <= 0.5)) {
            throw new SplitException(
                    "out_of_range",
                    "evaluation.validation_fraction",
                    "validation_fraction must be 0..0.5, got " + validationFraction + ".");
        }
        int labelCount = dataset.labels().size();
        int[][] trainRows = rowsByLabel(dataset.train(), labelCount);
        int[][] testRows = rowsByLabel(dataset.test(), labelCount);
        List<LearningTask> tasks = new ArrayList<>();
        int firstClass = 0;
        for (int index = 0; index < split.taskCount(); index++) {
            int[] labelRows = split.classes().get(index).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
            Rows train = new Rows();
            Rows validation = new Rows();
            Rows test = new Rows();
            for (int label : labelRows) {
                if (trainRows[label].length == 0) {
                    throw new SplitException(
                            "empty_task",
                            "split",
                            "Class '%s' has no training image."
                                    .formatted(dataset.labels().get(label)));
                }
                cut(trainRows[label], validationFraction, label, streams, train, validation);
                test.add(testRows[label]);
            }
            if (test.isEmpty()) {
                throw new SplitException(
                        "empty_test_set",
                        "split",
                        "Task '%s' has no test image.".formatted(split.names().get(index)));
            }
            tasks.add(new LearningTask(
                    index,
                    split.names().get(index),
                    range(firstClass, labelRows.length),
                    labelRows,
                    split.classNames(index),
                    firstClass,
                    labelRows.length,
                    train.sorted(),
                    validation.sorted(),
                    test.sorted()));
            if (!split.sharedLabels()) {
                firstClass += labelRows.length;
            }
        }
        return tasks;
    }

    /// How many of the training pictures of a class are kept away for validation: the share, rounded down.
    public static int kept(int pictures, double validationFraction) {
        return (int) (pictures * validationFraction);
    }

    /// The same task with other training pictures.
    ///
    /// @param rows of the training source, ascending
    public LearningTask trainedOn(int[] rows) {
        return new LearningTask(
                index, name, classes, labelRows, labels, firstClass, classCount, rows, validation, test);
    }

    /// The head positions of some of this task's pictures.
    ///
    /// @throws IllegalArgumentException if a row belongs to no class of this task
    public int[] targets(ImageSource source, int[] rows) {
        int[] positions = new int[rows.length];
        for (int i = 0; i < rows.length; i++) {
            positions[i] = position(source.label(rows[i]));
        }
        return positions;
    }

    private int position(int label) {
        for (int i = 0; i < labelRows.length; i++) {
            if (labelRows[i] == label) {
                return classes[i];
            }
        }
        throw new IllegalArgumentException("task '%s' has no class with label row %d".formatted(name, label));
    }

    private static void cut(
            int[] rows, double fraction, int label, RandomStreams streams, Rows train, Rows validation) {
        int kept = kept(rows.length, fraction);
        long seed = streams.seed(Stream.SAMPLING, RandomStreams.NO_TASK, 0, label);
        int[] order = RandomStreams.permutation(seed, rows.length);
        for (int i = 0; i < rows.length; i++) {
            (i < kept ? validation : train).add(rows[order[i]]);
        }
    }

    private static int[][] rowsByLabel(ImageSource source, int labelCount) {
        int[] counts = new int[labelCount];
        for (int row = 0; row < source.size(); row++) {
            counts[source.label(row)]++;
        }
        int[][] rows = new int[labelCount][];
        for (int label = 0; label < labelCount; label++) {
            rows[label] = new int[counts[label]];
        }
        int[] next = new int[labelCount];
        for (int row = 0; row < source.size(); row++) {
            int label = source.label(row);
            rows[label][next[label]++] = row;
        }
        return rows;
    }

    private static int[] range(int first, int count) {
        int[] range = new int[count];
        for (int i = 0; i < count; i++) {
            range[i] = first + i;
        }
        return range;
    }

    /// A growing list of numbers.
    private static final class Rows {

        private int[] rows = new int[16];
        private int size;

        void add(int... more) {
            if (size + more.length > rows.length) {
                rows = Arrays.copyOf(rows, Math.max(2 * rows.length, size + more.length));
            }
            System.arraycopy(more, 0, rows, size, more.length);
            size += more.length;
        }

        boolean isEmpty() {
            return size == 0;
        }

        int[] sorted() {
            int[] result = Arrays.copyOf(rows, size);
            Arrays.sort(result);
            return result;
        }
    }
}
