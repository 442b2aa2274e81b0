package dev.palimpsest.methods;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Site;
import java.util.EnumSet;

/// An adapter a task, merged into a dense change.
class TaskArithmeticTiesIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new TaskArithmetic.Settings(
                EnumSet.of(Site.Q, Site.V),
                null,
                2,
                1,
                TaskArithmetic.Start.INDEPENDENT,
                TaskArithmetic.Head.CONCATENATED,
                0,
                new MergeRule.Ties(0.5, 1),
                null,
                null);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }

    /// Adapters and dense change are all there is.
    @Override
    boolean keepsSomething() {
        return false;
    }
}
