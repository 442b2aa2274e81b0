package dev.palimpsest.methods;

import dev.palimpsest.support.SmallRun;

/// Everything trains; no adapters.
class FullFineTuningIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new FullFineTuning.Settings(ClassScope.TASK, SmallRun.alignment());
    }

    @Override
    int adaptersAfter(int tasks) {
        return 0;
    }
}
