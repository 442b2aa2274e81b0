package dev.palimpsest.methods;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Site;
import java.util.EnumSet;

/// One head for all classes, merged with the adapters; a task begins where the one before ended.
class TaskArithmeticSharedHeadIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new TaskArithmetic.Settings(
                EnumSet.of(Site.Q, Site.V),
                null,
                2,
                1,
                TaskArithmetic.Start.SEQUENTIAL,
                TaskArithmetic.Head.IN_TASK_VECTOR,
                0,
                new MergeRule.MovingAverage(0.7),
                null,
                null);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }

    /// The cross-entropy has to tell the task's classes from all others too.
    @Override
    int epochs() {
        return 30;
    }
}
