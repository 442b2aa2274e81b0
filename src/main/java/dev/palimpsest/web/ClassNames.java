package dev.palimpsest.web;

import dev.palimpsest.results.TaskRow;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Labels and tasks of the columns of a head.
final class ClassNames {

    private final boolean shared;
    private final Map<Integer, Map<Integer, String>> byTask = new HashMap<>();
    private final Map<Integer, Integer> taskOf = new HashMap<>();

    /// @param shared whether all tasks have the same columns, so that none names a task
    ClassNames(List<TaskRow> tasks, boolean shared) {
        this.shared = shared;
        for (TaskRow task : tasks) {
            var labels = new HashMap<Integer, String>();
            for (int i = 0; i < task.classIndices().size(); i++) {
                labels.put(task.classIndices().get(i), task.classes().get(i));
                taskOf.put(task.classIndices().get(i), task.task());
            }
            byTask.put(task.task(), labels);
        }
    }

    /// The task that a column belongs to, from 1; null where labels are shared.
    @Nullable
    Integer task(int column) {
        return shared ? null : taskOf.get(column);
    }

    /// The label of a column, as the images of a task have it where labels are shared.
    @Nullable
    String label(int column, int imagesOfTask) {
        Integer task = shared ? Integer.valueOf(imagesOfTask) : taskOf.get(column);
        return task == null ? null : byTask.getOrDefault(task, Map.of()).get(column);
    }
}
