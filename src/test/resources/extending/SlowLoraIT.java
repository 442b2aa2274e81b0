package dev.palimpsest.methods;

import dev.palimpsest.model.Site;
import dev.palimpsest.support.SmallRun;
import java.util.EnumSet;

/// One adapter that keeps training, slowly after the first task.
class SlowLoraIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new SlowLora.Settings(
                new AdapterChoice(EnumSet.allOf(Site.class), null, 2, null),
                0.002,
                ClassScope.TASK,
                SmallRun.alignment());
    }

    @Override
    int adaptersAfter(int tasks) {
        return 1;
    }
}
