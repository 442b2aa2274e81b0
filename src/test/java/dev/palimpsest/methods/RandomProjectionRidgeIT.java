package dev.palimpsest.methods;

import dev.palimpsest.model.Site;
import java.util.EnumSet;

/// With an adapter that trains in the first task.
class RandomProjectionRidgeIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return new RandomProjectionRidge.Settings(
                600,
                null,
                RandomProjectionRidge.RidgeChoice.ALL_TASKS,
                new AdapterChoice(EnumSet.allOf(Site.class), null, 2, null));
    }

    @Override
    int adaptersAfter(int tasks) {
        return 1;
    }

    @Override
    boolean trains(int task) {
        return task == 0;
    }
}
