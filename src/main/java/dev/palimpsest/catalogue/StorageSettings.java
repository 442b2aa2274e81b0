package dev.palimpsest.catalogue;

import dev.palimpsest.checkpoints.FreeSpace;
import java.nio.file.Path;
import java.util.List;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.util.unit.DataSize;

/// Where files lie.
///
/// @param dataRoots folders that a `location` may name, for data sets and weights alike; only read
/// @param datasetFolder uploaded archives, by digest
/// @param backboneFolder registered weights, by digest
/// @param checkpointFolder what runs save
/// @param pictureFolder decoded pictures that are too many for the memory, while a job runs
/// @param minFree with less free space nothing new is saved
@ConfigurationProperties("palimpsest.storage")
public record StorageSettings(
        @DefaultValue("data/import") List<Path> dataRoots,
        @DefaultValue("data/datasets") Path datasetFolder,
        @DefaultValue("data/backbones") Path backboneFolder,
        @DefaultValue("data/checkpoints") Path checkpointFolder,
        @DefaultValue("data/pictures") Path pictureFolder,
        @DefaultValue("2GB") DataSize minFree) {

    public StorageSettings {
        dataRoots = List.copyOf(dataRoots);
    }

    public FreeSpace freeSpace() {
        return new FreeSpace(minFree.toBytes());
    }
}
