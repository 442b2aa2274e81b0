package dev.palimpsest.web;

import dev.palimpsest.experiments.JobFilter;
import dev.palimpsest.http.Wire;
import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.settings.Ids;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/// Reads the filters of the list of jobs from a query.
final class JobFilters {

    private static final String METADATA = "metadata.";

    private JobFilters() {}

    static JobFilter of(MultiValueMap<String, String> query) {
        return new JobFilter(
                all(query, "status").stream()
                        .map(word -> Wire.choice("status", word, JobState.class))
                        .toList(),
                all(query, "status_reason").stream()
                        .map(word -> Wire.choice("status_reason", word, StatusReason.class))
                        .toList(),
                all(query, "method_name"),
                all(query, "dataset_id"),
                all(query, "backbone_id"),
                Wire.ids(query, "experiment_id", Ids.EXPERIMENT),
                all(query, "seed").stream().map(JobFilters::seed).toList(),
                all(query, "device"),
                all(query, "fingerprint"),
                all(query, "owner"),
                Wire.ids(query, "parent_checkpoint_id", Ids.CHECKPOINT),
                instant(query, "created_after"),
                instant(query, "created_before"),
                query.keySet().stream()
                        .filter(name -> name.startsWith(METADATA))
                        .collect(
                                Collectors.toMap(name -> name.substring(METADATA.length()), name -> all(query, name))));
    }

    private static List<String> all(MultiValueMap<String, String> query, String name) {
        return query.getOrDefault(name, List.of());
    }

    private static Long seed(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw Wire.badParameter("seed", "seed must be a whole number, got '%s'.".formatted(text));
        }
    }

    static @Nullable Instant instant(MultiValueMap<String, String> query, String name) {
        String text = query.getFirst(name);
        try {
            return text == null ? null : Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw Wire.badParameter(name, "%s must be a time as 2026-11-21T09:00:00Z, got '%s'.".formatted(name, text));
        }
    }
}
