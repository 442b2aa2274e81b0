package dev.palimpsest.methods;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Site;
import java.util.EnumSet;

/// An adapter a task, merged by half their sum.
class TaskArithmeticIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new TaskArithmetic.Settings(
                EnumSet.of(Site.Q, Site.V),
                null,
                2,
                1,
                TaskArithmetic.Start.INDEPENDENT,
                TaskArithmetic.Head.CONCATENATED,
                0.4,
                new MergeRule.Sum(0.5),
                null,
                null);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }

    /// The adapters are all there is.
    @Override
    boolean keepsSomething() {
        return false;
    }
}
