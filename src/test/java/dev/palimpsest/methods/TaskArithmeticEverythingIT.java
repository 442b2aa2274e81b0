package dev.palimpsest.methods;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.support.SmallRun;

/// A stage in which the whole network trains on drawn images.
class TaskArithmeticEverythingIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return SmallRun.taskArithmetic(
                TaskArithmetic.Head.CONCATENATED,
                new MergeRule.Sum(0.5),
                ExemplarSettings.Selection.RANDOM,
                FewShotSettings.Train.ALL);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }
}
