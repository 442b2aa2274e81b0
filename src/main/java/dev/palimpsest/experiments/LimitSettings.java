package dev.palimpsest.experiments;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// How much work may be asked for.
///
/// @param jobsPerExperiment of one experiment
/// @param unfinishedJobs in the whole queue
@ConfigurationProperties("palimpsest.limits")
public record LimitSettings(
        @DefaultValue("256") int jobsPerExperiment,
        @DefaultValue("5000") int unfinishedJobs) {}
