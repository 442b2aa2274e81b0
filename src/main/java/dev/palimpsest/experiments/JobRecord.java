package dev.palimpsest.experiments;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What is needed to run a job again.
///
/// @param request complete; posted as it is, it gives the same plan
/// @param classOrder labels in the order of the head
/// @param streams the digest of each random stream by its name
/// @param environments what each attempt ran in
public record JobRecord(
        String object,
        String jobId,
        String fingerprint,
        JsonNode request,
        List<String> classOrder,
        Map<String, String> streams,
        Inputs inputs,
        List<Map<String, @Nullable Object>> environments) {

    /// Digests of what goes in; that of the tensor programs is null before the first attempt.
    public record Inputs(
            String datasetSha256,
            String backboneSha256,
            @Nullable String programSha256) {}
}
