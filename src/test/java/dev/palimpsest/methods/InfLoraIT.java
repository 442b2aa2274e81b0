package dev.palimpsest.methods;

import dev.palimpsest.model.Site;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The method as it is published, on two matrices that share their input.
class InfLoraIT extends ContinualMethodContract {

    /// Small enough for a tiny network.
    static InfLora.Settings settings(
            Set<Site> sites,
            InfLora.Memory memory,
            InfLora.Energy energy,
            InfLora.Projection projection,
            InfLora.DownInit downInit,
            @Nullable SlcaAlignment alignment) {
        return new InfLora.Settings(sites, null, 4, memory, 0.95, 1, energy, projection, downInit, alignment);
    }

    static InfLora.Settings published(@Nullable SlcaAlignment alignment) {
        return settings(
                Set.of(Site.K, Site.V),
                InfLora.Memory.DUAL,
                InfLora.Energy.SQUARED_EIGENVALUES,
                InfLora.Projection.LEFT,
                InfLora.DownInit.PROJECTED,
                alignment);
    }

    static SlcaAlignment alignment() {
        return new SlcaAlignment(SlcaAlignment.Statistics.COVARIANCE, 2, 0.01, 0.0005, 16, true, 0.1);
    }

    @Override
    MethodSettings settings() {
        return published(null);
    }

    @Override
    int adaptersAfter(int tasks) {
        return tasks;
    }

    /// B alone moves slowly from zero.
    @Override
    int epochs() {
        return 20;
    }
}
