package dev.palimpsest.methods;

import dev.palimpsest.support.SmallRun;

/// Snapshots, alignment and inference of the task.
class LoracIpcIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return SmallRun.loracIpc(LoracIpc.Fidelity.CORRECTED);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }
}
