package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.ClassRange;

/// Over which classes the cross-entropy runs.
public enum ClassScope {
    /// The current task's own.
    @JsonProperty("task")
    TASK,
    /// All seen so far.
    @JsonProperty("seen")
    SEEN;

    ClassRange of(LearningTask task) {
        return of(task.firstClass(), task.classCount());
    }

    /// The columns of the head in the cross-entropy of a task.
    public ClassRange of(int firstClass, int classCount) {
        return switch (this) {
            case TASK -> new ClassRange(firstClass, classCount);
            case SEEN -> new ClassRange(0, firstClass + classCount);
        };
    }
}
