package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.settings.SettingRefusedException;
import org.jspecify.annotations.Nullable;

/// A training on the kept images of all classes seen, after every task, on a copy that nobody goes on from.
public record FewShotSettings(
        @Setting(defaultValue = "\"all\"", value = "What trains: everything, the heads, or the heads and an adapter.")
        Train train,

        @Setting(min = 1, max = 1000, defaultValue = "10", value = "Passes over the kept images.")
        int epochs,

        @Setting(min = 1, max = 4096, defaultValue = "32", value = "Images in an optimiser step.")
        int batchSize,

        @Setting(
                defaultValue = "null",
                value = "The optimiser; null is Adam at 0.000005 with decay 0.000001 where everything trains.")
        @Nullable
        OptimizerSettings optimizer,

        @Setting(defaultValue = "{\"name\":\"constant\"}", value = "The learning rate over the epochs.")
        Schedule schedule) {

    public enum Train {
        @JsonProperty("all")
        ALL,
        @JsonProperty("heads")
        HEADS,
        @JsonProperty("heads_and_adapter")
        HEADS_AND_ADAPTER
    }

    public FewShotSettings {
        if (optimizer == null && train != Train.ALL) {
            throw new SettingRefusedException(
                    "missing_field",
                    "optimizer",
                    "few_shot needs 'optimizer' unless it trains everything: at the rate for that, little else moves.");
        }
        if (optimizer == null) {
            optimizer = new OptimizerSettings.Adam(5e-6, null, 1e-6, 0.9, 0.999, 1e-8);
        }
    }

    TrainingSettings training() {
        OptimizerSettings chosen = optimizer;
        if (chosen == null) {
            throw new IllegalStateException("an optimiser is always chosen");
        }
        return new TrainingSettings(epochs, batchSize, chosen, schedule, null);
    }
}
