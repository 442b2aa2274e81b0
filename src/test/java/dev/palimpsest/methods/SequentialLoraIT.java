package dev.palimpsest.methods;

import dev.palimpsest.model.Site;
import dev.palimpsest.support.SmallRun;
import java.util.EnumSet;

/// One adapter that keeps training: there is no earlier one.
class SequentialLoraIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new SequentialLora.Settings(
                new AdapterChoice(EnumSet.allOf(Site.class), null, 2, null), ClassScope.SEEN, SmallRun.alignment());
    }

    @Override
    int adaptersAfter(int tasks) {
        return 1;
    }
}
