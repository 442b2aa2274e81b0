package dev.palimpsest.methods;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.support.SmallRun;

/// A stage in which heads and an adapter train, above a dense merge, on images chosen by their features.
class TaskArithmeticStageAdapterIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return SmallRun.taskArithmetic(
                TaskArithmetic.Head.CONCATENATED,
                new MergeRule.Ties(0.5, 1),
                ExemplarSettings.Selection.HERDING,
                FewShotSettings.Train.HEADS_AND_ADAPTER);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }
}
