package dev.palimpsest.experiments;

import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.DatasetFacts.ClassFacts;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.Fault;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// The tasks of a split with their numbers of images, as [LearningTask] will cut them, and what is missing in them.
final class PlannedTasks {

    private PlannedTasks() {}

    static List<PlannedTask> of(TaskSplit split, DatasetFacts facts, double validationFraction) {
        List<PlannedTask> tasks = new ArrayList<>();
        int firstClass = 0;
        for (int task = 0; task < split.taskCount(); task++) {
            int train = 0;
            int validation = 0;
            int test = 0;
            List<Integer> rows = split.classes().get(task);
            for (int row : rows) {
                ClassFacts one = facts.classes().get(row);
                int kept = LearningTask.kept(one.trainImages(), validationFraction);
                train += one.trainImages() - kept;
                validation += kept;
                test += one.testImages();
            }
            List<Integer> columns = IntStream.range(firstClass, firstClass + rows.size())
                    .boxed()
                    .toList();
            tasks.add(new PlannedTask(
                    task + 1, split.names().get(task), split.classNames(task), columns, train, validation, test));
            firstClass += split.sharedLabels() ? 0 : rows.size();
        }
        return tasks;
    }

    /// Tasks and classes that cannot be learned or measured.
    ///
    /// @param keptPerClass how many training images of each class the method keeps
    static List<Fault> faults(TaskSplit split, DatasetFacts facts, double validationFraction, int keptPerClass) {
        List<Fault> faults = new ArrayList<>();
        List<PlannedTask> tasks = of(split, facts, validationFraction);
        for (PlannedTask task : tasks) {
            if (task.testImages() == 0) {
                faults.add(new Fault("empty_test_set", "split", "Task '%s' has no test image.".formatted(task.name())));
            }
        }
        List<ClassFacts> used = split.classes().stream()
                .flatMap(List::stream)
                .map(facts.classes()::get)
                .toList();
        for (ClassFacts one : used) {
            if (one.trainImages() == 0) {
                faults.add(
                        new Fault("empty_task", "split", "Class '%s' has no training image.".formatted(one.label())));
            }
        }
        used.stream()
                .min(Comparator.comparingInt(one -> trained(one, validationFraction)))
                .filter(one -> trained(one, validationFraction) < keptPerClass && one.trainImages() > 0)
                .ifPresent(one -> faults.add(new Fault(
                        "out_of_range",
                        "method.exemplars.per_class",
                        "per_class must be 1..%d, the training images of class '%s', got %d."
                                .formatted(trained(one, validationFraction), one.label(), keptPerClass))));
        boolean kept = tasks.stream().anyMatch(task -> task.validationImages() > 0);
        if (validationFraction > 0 && !kept) {
            int most = used.stream().mapToInt(ClassFacts::trainImages).max().orElse(0);
            faults.add(new Fault(
                    "empty_validation_set",
                    "evaluation.validation_fraction",
                    "validation_fraction %s keeps no image of any class: the largest has %d training images, so it must be %s."
                            .formatted(
                                    validationFraction, most, most < 2 ? "0" : "0, or at least 1/%d".formatted(most))));
        }
        return faults;
    }

    /// Images of a class that train.
    private static int trained(ClassFacts one, double validationFraction) {
        return one.trainImages() - LearningTask.kept(one.trainImages(), validationFraction);
    }
}
