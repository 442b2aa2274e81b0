package dev.palimpsest.methods;

/// What a method can and cannot do.
///
/// @param exemplarFree keeps no training image
/// @param infersTask decides which task an image is from before it classifies it
/// @param inTaskResume goes on from inside a task
/// @param continuable a finished model can learn further tasks
/// @param trainsBackbone changes the pretrained weights
/// @param forwardPassesPerImage passes through the backbone to classify an image
/// @param domainIncremental learns tasks that share their labels
/// @param joint sees all tasks at once, in the last: a bound for methods that do not, measured after it alone
public record MethodTraits(
        boolean exemplarFree,
        boolean infersTask,
        boolean inTaskResume,
        boolean continuable,
        boolean trainsBackbone,
        int forwardPassesPerImage,
        boolean domainIncremental,
        boolean joint) {}
