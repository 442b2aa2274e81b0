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

    /// The copy of the network that the last phase of the newest task has trained, for all images.
    record OfCopy(NetworkCopy copy, boolean masksUnseen) implements Inference {}

    /// The network as it was after the task an image seems to be from. The first snapshot's features decide.
    ///
    /// @param snapshots one for each task so far; a snapshot never changes
    record ByInferredTask(InferenceStatistics statistics, List<AdapterView> snapshots, boolean masksUnseen)
            implements Inference {
        public ByInferredTask {
            snapshots = List.copyOf(snapshots);
        }
    }

    /// As [ByInferredTask], but the task that most images of a batch seem to be from decides for all of them:
    /// the batch-wise inference of the published LoRAC-IPC (`docs/methods/lorac-ipc.md` 6.3).
    ///
    /// A batch holds images of one task, so this **leaks the task identity**. No method answers with it; it is
    /// there to recompute published numbers.
    ///
    /// @param batchSize images that vote together, in the order of the data; the last of a task may be fewer
    record ByBatchMajority(ByInferredTask each, int batchSize) implements Inference {
        public ByBatchMajority {
            if (batchSize < 1) {
                throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
            }
        }

        @Override
        public boolean masksUnseen() {
            return each.masksUnseen();
        }
    }
}
