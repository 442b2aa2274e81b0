package dev.palimpsest.model;

import org.jspecify.annotations.Nullable;

/// What a session is made of.
///
/// @param images training pictures of the task
/// @param labels class position of each picture
/// @param scope classes in the cross-entropy; only their rows of the head train
/// @param collection how importance is collected, or null
@SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
public record SessionSetup(
        ImagePixels images,
        long[] labels,
        ClassRange scope,
        OptimizerNumbers optimizer,
        @Nullable ImportanceCollection collection) {}
