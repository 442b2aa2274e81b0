package dev.palimpsest.experiments;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How much one request may ask for.
///
/// @param jsonSize of a JSON body
/// @param uploadSize of an uploaded archive or weights file
/// @param archiveEntries of an archive, or files of a folder
/// @param imageSize of one picture, packed or claimed
/// @param jobsPerExperiment of one experiment
/// @param unfinishedJobs in the whole queue
/// @param streams event streams of one owner
@ConfigurationProperties("palimpsest.limits")
public record LimitSettings(
        @DefaultValue("1MB") DataSize jsonSize,
        @DefaultValue("8GB") DataSize uploadSize,
        @DefaultValue("2000000") int archiveEntries,
        @DefaultValue("64MB") DataSize imageSize,
        @DefaultValue("256") int jobsPerExperiment,
        @DefaultValue("5000") int unfinishedJobs,
        @DefaultValue("20") int streams) {}
