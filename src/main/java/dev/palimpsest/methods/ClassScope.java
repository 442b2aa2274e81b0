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
        return switch (this) {
            case TASK -> new ClassRange(task.firstClass(), task.classCount());
            case SEEN -> new ClassRange(0, task.firstClass() + task.classCount());
        };
    }
}
