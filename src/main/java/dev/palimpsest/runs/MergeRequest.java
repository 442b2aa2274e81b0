package dev.palimpsest.runs;

import dev.palimpsest.model.MergeRule;
import dev.palimpsest.settings.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which stored models are to be made into one, and how.
public record MergeRequest(
        @Setting(minLength = 1, maxLength = 120, defaultValue = "null", value = "Name for people.") @Nullable
        String name,

        @Setting(
                minItems = 2,
                maxItems = 64,
                value = "Checkpoints of one backbone and one data set, in the order that the rule sees.")
        List<SourceRequest> sources,

        @Setting("How their changes of the backbone become one; products are merged, never factors.")
        MergeRule merge,

        @Setting(min = 0, max = 4294967295.0, defaultValue = "0", value = "Of what random_mix and dare draw.")
        long seed,

        @Setting(
                defaultValue = "true",
                value = "Whether the result is measured on the test images of all sources' tasks.")
        boolean evaluate) {

    /// One of them.
    public record SourceRequest(
            @Setting(maxLength = 64, value = "The checkpoint; it must be a finished model.")
            String checkpointId,

            @Setting(
                    min = 0,
                    max = 8,
                    defaultValue = "1.0",
                    value = "Factor on its change of the backbone before the rule.")
            double weight) {}

    public MergeRequest {
        sources = List.copyOf(sources);
    }
}
