package dev.palimpsest.methods;

import dev.palimpsest.memory.InferenceStatistics;
import dev.palimpsest.model.AdapterView;
import java.util.List;

/// What counts when an image is classified.
public sealed interface Inference {

    /// Whether classes that were not learned yet take no part.
    boolean masksUnseen();

    /// One view for all images.
    record Latest(AdapterView view, boolean masksUnseen) implements Inference {}

    /// The network as it was after the task an image seems to be from. The first snapshot's features decide.
    ///
    /// @param snapshots one for each task so far; a snapshot never changes
    record ByInferredTask(InferenceStatistics statistics, List<AdapterView> snapshots, boolean masksUnseen)
            implements Inference {
        public ByInferredTask {
            snapshots = List.copyOf(snapshots);
        }
    }
}
