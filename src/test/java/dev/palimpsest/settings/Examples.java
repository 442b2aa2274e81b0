package dev.palimpsest.settings;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Records of every shape a setting may have, and JSON with single quotes for short tests.
final class Examples {

    private Examples() {}

    static JsonNode json(String singleQuoted) {
        return JsonMapper.shared().readTree(singleQuoted.replace('\'', '"'));
    }

    enum Site {
        @JsonProperty("q")
        Q,
        @JsonProperty("fc1")
        FIRST_LINEAR
    }

    @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
    sealed interface Method permits Composed, Plain {}

    @JsonTypeName("lorac_ipc")
    record Composed(
            @Setting(value = "Where adapters sit.", defaultValue = "[\"q\"]", minItems = 1, distinct = true)
            List<Site> sites,

            @Setting(value = "Inner size of an adapter.", defaultValue = "16", min = 1, max = 256)
            int rank,

            @Setting(value = "Factor; null is 1/rank.", defaultValue = "null", exclusiveMin = 0) @Nullable
            Double scale,

            @Setting(value = "Share that is frozen.", defaultValue = "0.05", min = 0, exclusiveMax = 1)
            double freezeFraction,

            @Setting(value = "Head alignment.", defaultValue = "{}") @Nullable
            Alignment alignment)
            implements Method {

        Composed {
            sites = List.copyOf(sites);
            if (alignment != null && alignment.centroids() > rank) {
                throw new SettingRefusedException(
                        "out_of_range",
                        "alignment",
                        "alignment needs a rank of its %d centroids".formatted(alignment.centroids()));
            }
        }
    }

    @JsonTypeName("plain")
    record Plain() implements Method {}

    record Alignment(
            @Setting(value = "Centroids of a class.", defaultValue = "10", min = 1, max = 100)
            int centroids,

            @Setting(value = "Time.", defaultValue = "50", min = 1, unit = "epochs")
            int epochs) {

        Alignment {
            if (centroids > epochs) {
                throw new IllegalArgumentException("centroids must be at most epochs, got " + centroids);
            }
        }
    }

    record Request(
            @Setting(value = "Free text.", minLength = 1, maxLength = 5)
            String title,

            @Setting("What learns.") Method method,

            @Setting(
                    value = "One job each.",
                    defaultValue = "[0]",
                    minItems = 1,
                    maxItems = 3,
                    min = 0,
                    max = 4294967295.0)
            Set<Long> seeds,

            @Setting(value = "Labels.", defaultValue = "{}", maxItems = 1, maxLength = 3)
            Map<String, String> metadata,

            @Setting(value = "Any.", defaultValue = "null") @Nullable
            JsonNode extra,

            @Setting(value = "Said aloud.", defaultValue = "false")
            boolean loud,

            @Setting(value = "Epochs at which the rate falls.", defaultValue = "[]", min = 0)
            List<Integer> milestones) {}
}
