package dev.palimpsest.catalogue;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.data.ProfileName;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.settings.SettingRefusedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Weights as a person registers them (`docs/data.md` 6).
public record BackboneRequest(
        @Setting(maxLength = 64, value = "Id, a slug.") String id,

        @Setting(minLength = 1, maxLength = 120, defaultValue = "null", value = "Name; the id if absent.") @Nullable
        String name,

        @Setting(
                maxLength = 1000,
                defaultValue = "null",
                value = "Path below a data root, of a safetensors file; absent in an upload.")
        @Nullable
        String location,

        @Setting(defaultValue = "null", value = "Digest that the file must have.") @Nullable
        String sha256,

        @Setting(defaultValue = "\"vit\"", value = "What network the tensors make.")
        Architecture architecture,

        @Setting(
                min = 1,
                defaultValue = "null",
                value = "Attention heads, a divisor of the width; null for width / 64.")
        @Nullable
        Integer heads,

        @Setting(
                min = 0,
                max = 1,
                minItems = 3,
                maxItems = 3,
                defaultValue = "[0.5,0.5,0.5]",
                value = "Mean of the pixels, a channel each.")
        List<Double> mean,

        @Setting(
                exclusiveMin = 0,
                max = 1,
                minItems = 3,
                maxItems = 3,
                defaultValue = "[0.5,0.5,0.5]",
                value = "Spread of the pixels, a channel each.")
        List<Double> std,

        @Setting(
                exclusiveMin = 0,
                max = 1,
                defaultValue = "0.875",
                value = "Share of the shorter side that the centre crop keeps.")
        double cropFraction,

        @Setting(defaultValue = "\"backbone_default\"", value = "Profile of a request that names none.")
        ProfileName inputProfile,

        @Setting(maxLength = 500, defaultValue = "null", value = "What it was trained on.") @Nullable
        String seenData) {

    /// Networks that can be loaded.
    public enum Architecture {
        @JsonProperty("vit")
        VIT
    }

    public BackboneRequest {
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        Names.requireSlug(id);
        Names.requireDigest(sha256);
        if (mean.size() != 3 || std.size() != 3) {
            throw new SettingRefusedException("out_of_range", "mean", "mean and std must have three numbers each.");
        }
    }

    public String shownName() {
        return name == null ? id : name;
    }
}
