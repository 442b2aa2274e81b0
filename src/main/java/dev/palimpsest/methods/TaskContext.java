package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;

/// What a method may ask of the task that is being learned. Valid during one call; used by the trainer's
/// thread.
public interface TaskContext {

    LearningTask task();

    /// All tasks of the plan, in order. What a method may see of a later one is its classes; only an upper bound
    /// trains on its images.
    List<LearningTask> planned();

    /// Bank, heads and program calls of the run.
    Network network();

    /// The task's training images by class position, as rows of the training source, ascending.
    SortedMap<Integer, int[]> rows();

    /// A collecting pass: features of the task's training images through the evaluation pixels, sorted by
    /// class.
    List<ClassFeatures> features(AdapterView view);

    /// Second moments of what goes into the adapted matrices, over all training images of the task in the pixels of
    /// training. A pass has draws of its own, which no epoch shares. The caller closes it.
    ///
    /// @param sites whose inputs are summed; `q`, `k` and `v` share theirs
    /// @param pass tells passes of one task apart, from 0
    InputMoments moments(AdapterView view, Set<Site> sites, int pass);

    /// Whether the task goes on from inside: what the half of an adapter that does not train was, the checkpoint has,
    /// and it is put in its place after [ContinualMethod#beforeTask].
    boolean resumed();

    /// Tells whoever watches the run of something that is done all the same: an event of the job.
    ///
    /// @param code in snake_case
    /// @param setting what it is about, the way to it in the request
    /// @param text a sentence for people
    void warn(String code, String setting, String text);

    /// What training left; nothing before the task has been trained.
    SessionResult learned();

    /// A seed of this task.
    ///
    /// @param place distinguishes draws of one stream
    long seed(RandomStreams.Stream stream, int place);
}
