package dev.palimpsest.files;

/// What a data set may ask of this process before it is refused.
///
/// @param archiveEntries entries of an archive or files of a folder
/// @param imageBytes one picture, packed or claimed
public record ReadLimits(int archiveEntries, long imageBytes) {

    /// Of one picture, read from its header before anything is decoded. Part of the contract, so no setting.
    public static final long PIXELS = 50_000_000;

    public static final ReadLimits DEFAULT = new ReadLimits(2_000_000, 64L << 20);

    public ReadLimits {
        if (archiveEntries < 1 || imageBytes < 1) {
            throw new IllegalArgumentException("limits must be at least 1, got archiveEntries %d and imageBytes %d"
                    .formatted(archiveEntries, imageBytes));
        }
    }
}
