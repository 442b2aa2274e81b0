package dev.palimpsest.web;

import dev.palimpsest.experiments.PresetMeasurements;
import dev.palimpsest.experiments.Presets;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.methods.MethodTraits;
import dev.palimpsest.methods.RunPhase;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsSchema;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A method as it stands on the wire.
///
/// @param trainingDefaults null for a method that does not train
record MethodAnswer(
        String object,
        String name,
        String title,
        String reference,
        MethodTraits traits,
        JsonNode settingsSchema,
        @Nullable JsonNode trainingDefaults,
        List<String> phases,
        List<String> lossTerms,
        List<PresetAnswer> presets) {

    static MethodAnswer of(MethodInfo info, PresetMeasurements measurements) {
        return new MethodAnswer(
                "method",
                info.name(),
                info.title(),
                info.reference(),
                info.traits(),
                SettingsSchema.of(info.settings()),
                info.training() == null ? null : SettingsBinder.write(info.training()),
                info.phases().stream().map(RunPhase::wire).toList(),
                info.lossTerms(),
                Presets.of(info).stream()
                        .map(preset -> PresetAnswer.of(preset, measurements.of(preset)))
                        .toList());
    }
}
