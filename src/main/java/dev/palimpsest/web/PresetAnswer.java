package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSheet;
import dev.palimpsest.experiments.Preset;
import dev.palimpsest.experiments.PresetMeasurements.Measured;
import java.util.List;
import tools.jackson.databind.JsonNode;

/// A preset as it stands on the wire.
///
/// @param request what it says; data set and backbone are the caller's
/// @param measured by this service, of experiments that changed nothing but the seeds
record PresetAnswer(
        String name,
        String about,
        JsonNode request,
        List<Preset.Published> published,
        List<Measured> measured,
        List<JobSheet.Warning> warnings) {

    static PresetAnswer of(Preset preset, List<Measured> measured) {
        return new PresetAnswer(
                preset.name(), preset.about(), preset.request(), preset.published(), measured, preset.warnings());
    }
}
