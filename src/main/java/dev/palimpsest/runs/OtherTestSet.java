package dev.palimpsest.runs;

import dev.palimpsest.catalogue.DatasetFacts;
import dev.palimpsest.catalogue.DatasetFacts.ClassFacts;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.Fault;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// Test images of another data set for the tasks of a job. It covers a task if it has all its labels.
final class OtherTestSet {

    private OtherTestSet() {}

    /// What is wrong with a data set as test images of these tasks.
    ///
    /// @param param of the request
    static List<Fault> faults(String id, DatasetFacts facts, List<PlannedTask> learned, String param) {
        Map<String, Integer> testImages =
                facts.classes().stream().collect(Collectors.toMap(ClassFacts::label, ClassFacts::testImages));
        List<Fault> faults = new ArrayList<>();
        boolean covered = false;
        for (PlannedTask task : learned) {
            List<String> missing = task.classes().stream()
                    .filter(label -> !testImages.containsKey(label))
                    .toList();
            if (missing.isEmpty()) {
                covered = true;
                if (task.classes().stream().mapToInt(testImages::get).sum() == 0) {
                    faults.add(new Fault(
                            "empty_test_set",
                            param,
                            "Data set '%s' has no test image of task '%s'.".formatted(id, task.name())));
                }
            } else if (missing.size() < task.classes().size()) {
                faults.add(new Fault(
                        "unknown_class",
                        param,
                        "Data set '%s' has only a part of task '%s': it has no class '%s'."
                                .formatted(id, task.name(), missing.getFirst())));
            }
        }
        if (!covered && faults.isEmpty()) {
            faults.add(new Fault(
                    "unknown_class",
                    param,
                    "Data set '%s' covers none of the tasks that the checkpoint has learned.".formatted(id)));
        }
        return faults;
    }

    /// The same tasks with the test images of another data set, in its order; none for a task that it does not
    /// cover.
    static List<LearningTask> of(List<LearningTask> tasks, Dataset other) {
        return tasks.stream().map(task -> of(task, other)).toList();
    }

    private static LearningTask of(LearningTask task, Dataset other) {
        int[] labelRows = task.labels().stream()
                .mapToInt(label -> other.labels().indexOf(label))
                .toArray();
        Set<Integer> wanted = Arrays.stream(labelRows).boxed().collect(Collectors.toSet());
        int[] test = wanted.contains(-1)
                ? new int[0]
                : IntStream.range(0, other.test().size())
                        .filter(row -> wanted.contains(other.test().label(row)))
                        .toArray();
        return new LearningTask(
                task.index(),
                task.name(),
                task.classes(),
                labelRows,
                task.labels(),
                task.firstClass(),
                task.classCount(),
                new int[0],
                new int[0],
                test);
    }
}
