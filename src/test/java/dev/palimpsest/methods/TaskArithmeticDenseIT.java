package dev.palimpsest.methods;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Site;
import java.util.EnumSet;

/// A rule that looks at entries gives a dense change, of weights and of the one head.
class TaskArithmeticDenseIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new TaskArithmetic.Settings(
                EnumSet.of(Site.Q, Site.V),
                null,
                2,
                1,
                TaskArithmetic.Start.INDEPENDENT,
                TaskArithmetic.Head.IN_TASK_VECTOR,
                0,
                new MergeRule.MaxMagnitude(1),
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
