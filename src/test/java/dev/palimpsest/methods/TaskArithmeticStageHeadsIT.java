package dev.palimpsest.methods;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.support.SmallRun;

/// A stage in which rows of the one head train.
class TaskArithmeticStageHeadsIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return SmallRun.taskArithmetic(
                TaskArithmetic.Head.IN_TASK_VECTOR,
                new MergeRule.Average(),
                ExemplarSettings.Selection.RANDOM,
                FewShotSettings.Train.HEADS);
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
