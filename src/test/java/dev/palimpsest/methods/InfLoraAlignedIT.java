package dev.palimpsest.methods;

import dev.palimpsest.model.Site;
import java.util.EnumSet;

/// With alignment, at every matrix, and the options of the paper.
class InfLoraAlignedIT extends ContinualMethodContract {

    @Override
    MethodSettings settings() {
        return InfLoraIT.settings(
                EnumSet.allOf(Site.class),
                InfLora.Memory.PLAIN,
                InfLora.Energy.EIGENVALUES,
                InfLora.Projection.TWO_SIDED,
                InfLora.DownInit.PROJECTED,
                InfLoraIT.alignment());
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }
}
