package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import java.util.List;

/// What a method may ask of the task that is being learned. Valid during one call; used by the trainer's
/// thread.
public interface TaskContext {

    LearningTask task();

    /// All tasks of the plan, in order. What a method may see of a later one is its classes; only an upper bound
    /// trains on its images.
    List<LearningTask> planned();

    /// Bank, heads and program calls of the run.
    Network network();

    /// A collecting pass: features of the task's training images through the evaluation pixels, sorted by
    /// class.
    List<ClassFeatures> features(AdapterView view);

    /// What training left; nothing before the task has been trained.
    SessionResult learned();

    /// A seed of this task.
    ///
    /// @param place distinguishes draws of one stream
    long seed(RandomStreams.Stream stream, int place);
}
