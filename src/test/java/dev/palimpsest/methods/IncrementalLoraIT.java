package dev.palimpsest.methods;

import dev.palimpsest.model.Site;
import dev.palimpsest.support.SmallRun;
import java.util.EnumSet;

/// A fresh adapter a task.
class IncrementalLoraIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new IncrementalLora.Settings(
                new AdapterChoice(EnumSet.of(Site.Q, Site.V), null, 2, null), ClassScope.TASK, SmallRun.alignment());
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }
}
