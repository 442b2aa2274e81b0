package dev.palimpsest.catalogue;

import dev.palimpsest.files.ReadLimits;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// How much of a registered file is read.
///
/// @param archiveEntries of an archive, or files of a folder
/// @param imageSize of one picture, packed or claimed
@ConfigurationProperties("palimpsest.limits")
public record ReadSettings(
        @DefaultValue("2000000") int archiveEntries,
        @DefaultValue("64MB") DataSize imageSize) {

    ReadLimits limits() {
        return new ReadLimits(archiveEntries, imageSize.toBytes());
    }
}
