package dev.palimpsest.methods;

import dev.palimpsest.support.SmallRun;

/// With the quirks of the published code.
class LoracIpcReferenceIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return SmallRun.loracIpc(LoracIpc.Fidelity.REFERENCE);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }
}
