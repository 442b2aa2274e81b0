package dev.palimpsest.experiments;

import dev.palimpsest.jobs.JobState;
import dev.palimpsest.jobs.StatusReason;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Which jobs a list shows. An empty list of values means any; several mean one of them.
///
/// @param methods names of methods, and so on for the other words
/// @param metadata wanted values by key
public record JobFilter(
        List<JobState> states,
        List<StatusReason> reasons,
        List<String> methods,
        List<String> datasets,
        List<String> backbones,
        List<UUID> experiments,
        List<Long> seeds,
        List<String> devices,
        List<String> fingerprints,
        List<String> owners,
        List<UUID> parents,
        @Nullable Instant createdAfter,
        @Nullable Instant createdBefore,
        Map<String, List<String>> metadata) {}
