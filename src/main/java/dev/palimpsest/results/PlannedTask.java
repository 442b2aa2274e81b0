package dev.palimpsest.results;

import java.util.List;

/// A task of a job that has not run yet.
///
/// @param task counts from 1
/// @param classes labels in the order of the head
/// @param classIndices their columns of the head, from 0
public record PlannedTask(
        int task,
        String name,
        List<String> classes,
        List<Integer> classIndices,
        int trainImages,
        int validationImages,
        int testImages) {

    public PlannedTask {
        classes = List.copyOf(classes);
        classIndices = List.copyOf(classIndices);
    }
}
