package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.settings.Setting;

/// Which training images of each class are kept after its task.
public record ExemplarSettings(
        @Setting(min = 1, max = 100, defaultValue = "10", value = "Images of each class.")
        int perClass,

        @Setting(
                defaultValue = "\"random\"",
                value = "How they are chosen: drawn, or so that the mean of their features follows that of the class.")
        Selection selection) {

    public enum Selection {
        @JsonProperty("random")
        RANDOM,
        /// By features of the frozen backbone, divided by their length.
        @JsonProperty("herding")
        HERDING
    }
}
