package dev.palimpsest.data;

import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.Suggestion;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Classes to tasks: disjoint, none empty, in the order of learning. Immutable.
public final class TaskSplit {

    private static final int MOST_TASKS = 200;
    private static final int MOST_CLASSES = 10_000;

    private final List<String> names;
    private final List<List<Integer>> classes;
    private final boolean sharedLabels;
    private final List<String> labels;

    private TaskSplit(List<String> names, List<List<Integer>> classes, boolean sharedLabels, List<String> labels) {
        this.names = List.copyOf(names);
        this.classes = List.copyOf(classes);
        this.sharedLabels = sharedLabels;
        this.labels = List.copyOf(labels);
    }

    /// Compares a wish with a data set's labels and groups.
    ///
    /// @param streams of the run; asked only for a class order that each job draws for itself
    /// @throws SplitException with every fault of the split
    public static TaskSplit of(SplitSpec spec, List<String> labels, List<String> groups, RandomStreams streams) {
        TaskSplit split = switch (spec) {
            case SplitSpec.EqualClasses equal -> equalClasses(equal, labels, streams);
            case SplitSpec.Explicit explicit -> explicit(explicit, labels);
            case SplitSpec.Groups byGroup -> groups(byGroup, labels, groups);
        };
        if (split.headSize() > MOST_CLASSES) {
            throw new SplitException(
                    "too_many",
                    "split",
                    "A job learns at most %d classes, got %d.".formatted(MOST_CLASSES, split.headSize()));
        }
        return split;
    }

    public int taskCount() {
        return names.size();
    }

    public List<String> names() {
        return names;
    }

    /// For each task the rows of its classes in the data set's labels. With shared labels these are different
    /// rows of the same classes, in the same order.
    public List<List<Integer>> classes() {
        return classes;
    }

    /// For each class of a task its name as people know it: with shared labels without the group.
    public List<String> classNames(int task) {
        return classes.get(task).stream()
                .map(labels::get)
                .map(label -> sharedLabels ? classOf(label) : label)
                .toList();
    }

    /// True: all tasks have the same classes (domain-incremental).
    public boolean sharedLabels() {
        return sharedLabels;
    }

    /// Columns of the head after the last task.
    public int headSize() {
        return sharedLabels
                ? classes.getFirst().size()
                : classes.stream().mapToInt(List::size).sum();
    }

    /// Labels that no task learns.
    public List<String> unusedClasses() {
        Set<Integer> used = new HashSet<>();
        classes.forEach(used::addAll);
        return IntStream.range(0, labels.size())
                .filter(row -> !used.contains(row))
                .mapToObj(labels::get)
                .toList();
    }

    private static TaskSplit equalClasses(SplitSpec.EqualClasses spec, List<String> labels, RandomStreams streams) {
        int tasks = spec.taskCount();
        checkTaskCount(tasks, labels.size());
        int[] sizes = taskSizes(tasks, spec.firstTaskClasses(), labels.size());
        int[] order = spec.classOrder().rows(labels, streams);
        List<List<Integer>> classes = new ArrayList<>();
        int next = 0;
        for (int size : sizes) {
            classes.add(
                    IntStream.range(next, next + size).mapToObj(i -> order[i]).toList());
            next += size;
        }
        return new TaskSplit(defaultNames(tasks), classes, false, labels);
    }

    private static void checkTaskCount(int tasks, int classCount) {
        int most = Math.min(MOST_TASKS, classCount);
        if (tasks < 1 || tasks > most) {
            throw new SplitException(
                    "out_of_range",
                    "split.task_count",
                    "task_count must be 1..%d for %d classes, got %d.".formatted(most, classCount, tasks));
        }
    }

    private static int[] taskSizes(int tasks, @Nullable Integer first, int classCount) {
        if (first == null) {
            return equalSizes(tasks, classCount);
        }
        String param = "split.first_task_classes";
        if (first < 1 || first > classCount || (tasks == 1 && first != classCount)) {
            throw new SplitException(
                    "out_of_range",
                    param,
                    "first_task_classes must be 1..%d and leave no class over, got %d.".formatted(classCount, first));
        }
        if (classCount - first < tasks - 1) {
            throw new SplitException(
                    "too_few_classes",
                    param,
                    "After %d classes in the first task %d are left for %d more tasks."
                            .formatted(first, classCount - first, tasks - 1));
        }
        int[] rest = tasks == 1 ? new int[0] : equalSizes(tasks - 1, classCount - first);
        return IntStream.concat(IntStream.of(first), IntStream.of(rest)).toArray();
    }

    private static int[] equalSizes(int tasks, int classCount) {
        if (classCount % tasks != 0) {
            List<Integer> possible = IntStream.rangeClosed(1, Math.min(MOST_TASKS, classCount))
                    .filter(n -> classCount % n == 0)
                    .boxed()
                    .toList();
            throw new SplitException(
                    "classes_not_divisible",
                    "split.task_count",
                    "%d classes do not divide into %d equal tasks; possible numbers are %s."
                            .formatted(classCount, tasks, possible));
        }
        return IntStream.range(0, tasks).map(_ -> classCount / tasks).toArray();
    }

    private static TaskSplit explicit(SplitSpec.Explicit spec, List<String> labels) {
        checkListed(spec.tasks().size());
        Map<String, Integer> rowOf = new HashMap<>();
        for (int row = 0; row < labels.size(); row++) {
            rowOf.put(labels.get(row), row);
        }
        List<Fault> faults = new ArrayList<>();
        Map<String, Integer> taskOf = new HashMap<>();
        List<List<Integer>> classes = new ArrayList<>();
        for (int task = 0; task < spec.tasks().size(); task++) {
            List<String> wanted = spec.tasks().get(task).classes();
            String taskParam = "split.tasks[" + task + "].classes";
            if (wanted.isEmpty()) {
                faults.add(new Fault("empty_task", taskParam, "A task needs at least one class."));
            }
            List<Integer> rows = new ArrayList<>();
            for (int i = 0; i < wanted.size(); i++) {
                String label = wanted.get(i);
                String param = taskParam + "[" + i + "]";
                Integer row = rowOf.get(label);
                if (row == null) {
                    faults.add(SplitException.unknownClass(param, label, labels));
                    continue;
                }
                Integer earlier = taskOf.putIfAbsent(label, task);
                if (earlier == null) {
                    rows.add(row);
                } else if (earlier == task) {
                    faults.add(new Fault("duplicate_value", param, "Class '%s' is named twice.".formatted(label)));
                } else {
                    faults.add(new Fault(
                            "class_in_two_tasks",
                            param,
                            "Class '%s' is already in split.tasks[%d].".formatted(label, earlier)));
                }
            }
            classes.add(List.copyOf(rows));
        }
        if (!faults.isEmpty()) {
            throw new SplitException(faults);
        }
        return new TaskSplit(givenNames(spec.tasks()), classes, false, labels);
    }

    private static void checkListed(int tasks) {
        if (tasks < 1) {
            throw new SplitException("out_of_range", "split.tasks", "A split needs at least one task.");
        }
        if (tasks > MOST_TASKS) {
            throw new SplitException(
                    "too_many", "split.tasks", "A split has at most %d tasks, got %d.".formatted(MOST_TASKS, tasks));
        }
    }

    private static List<String> givenNames(List<SplitSpec.Explicit.Task> tasks) {
        List<String> names = new ArrayList<>(defaultNames(tasks.size()));
        for (int task = 0; task < tasks.size(); task++) {
            String given = tasks.get(task).name();
            if (given != null) {
                names.set(task, given);
            }
        }
        return names;
    }

    /// People count from 1, also in a name.
    private static List<String> defaultNames(int tasks) {
        return IntStream.rangeClosed(1, tasks).mapToObj(i -> "task " + i).toList();
    }

    private static TaskSplit groups(SplitSpec.Groups spec, List<String> labels, List<String> groups) {
        if (groups.isEmpty()) {
            throw new SplitException(
                    "not_one_of",
                    "split.kind",
                    "The data set has no groups; kind must be one of equal_classes, explicit.");
        }
        List<String> order = spec.order() == null ? groups : spec.order();
        checkGroups(order, groups);
        checkListed(order.size());
        List<List<Integer>> classes = order.stream()
                .map(group -> IntStream.range(0, labels.size())
                        .filter(row -> labels.get(row).startsWith(group + "/"))
                        .boxed()
                        .toList())
                .toList();
        TaskSplit split = new TaskSplit(order, classes, spec.sharedLabels(), labels);
        if (spec.sharedLabels()) {
            checkSameClasses(split);
        }
        return split;
    }

    private static void checkGroups(List<String> order, List<String> groups) {
        List<Fault> faults = new ArrayList<>();
        Set<String> seen = new HashSet<>();
        for (int i = 0; i < order.size(); i++) {
            String group = order.get(i);
            String param = "split.order[" + i + "]";
            if (!groups.contains(group)) {
                faults.add(new Fault(
                        "not_one_of",
                        param,
                        "The data set has no group '%s'; it has %s.%s"
                                .formatted(group, groups, Suggestion.of(group, groups))));
            } else if (!seen.add(group)) {
                faults.add(new Fault("duplicate_value", param, "Group '%s' is named twice.".formatted(group)));
            }
        }
        if (!faults.isEmpty()) {
            throw new SplitException(faults);
        }
    }

    private static void checkSameClasses(TaskSplit split) {
        List<String> first = split.classNames(0);
        for (int task = 1; task < split.taskCount(); task++) {
            List<String> other = split.classNames(task);
            if (!other.equals(first)) {
                Set<String> different = new TreeSet<>(first);
                different.addAll(other);
                different.removeIf(name -> first.contains(name) && other.contains(name));
                throw new SplitException(
                        "unknown_class",
                        "split.shared_labels",
                        "With shared labels all groups have the same classes; '%s' and '%s' differ in %s."
                                .formatted(split.names.getFirst(), split.names.get(task), different));
            }
        }
    }

    /// Labels of grouped data sets are `group/class`.
    private static String classOf(String label) {
        return label.substring(label.indexOf('/') + 1);
    }
}
