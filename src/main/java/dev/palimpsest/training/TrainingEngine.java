package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.NetworkCopy;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/// What the trainer needs of tensors; used by one thread.
public interface TrainingEngine extends AutoCloseable {

    /// What methods work on.
    Network network();

    /// Sizes of the network, fed with images of the plan's side.
    VitShape shape();

    /// Where adapters sit and the factor on their B A.
    AdapterSettings adapters();

    /// Width of the random map between features and heads; null where the heads score the features.
    @Nullable
    Integer projectedWidth();

    NumericMode mode();

    /// Turns to the next task; its training images are loaded when something asks for them.
    void open(LearningTask task);

    /// The class position of each training image of a task.
    int[] targets(LearningTask task);

    /// Makes a copy of the network in place of the one before. What begins now trains the copy, until the engine turns
    /// to the next task.
    void copy(NetworkCopy wanted);

    /// The network that trains: the copy, or the one that methods work on.
    Network trained();

    /// Loads the images of a recipe and sets up what trains.
    void begin(TaskRecipe recipe, @Nullable TrainingSettings training);

    /// Sets the epoch's order.
    ///
    /// @param rows into the recipe's training images
    void order(int[] rows);

    /// The most steps that one call should take.
    int stepsAtOnce();

    /// As many steps as seeds on the images from `position` on of the order, `batch` at a time; the last one of an
    /// epoch takes what is left before `end`.
    List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates rates, boolean collect);

    /// Scalars that receive a gradient in this task.
    long trainableParameters();

    /// Scalars of the model that inference needs after this task and did not need before: an adapter where one was
    /// added, the heads of classes that no earlier task had, and a map before them that was not there.
    long addedParameters();

    /// Writes what was learned into the network.
    SessionResult finish();

    /// Features of the task's training images through the evaluation pixels, sorted by class. They are the engine's
    /// and there until it opens the next task.
    List<ClassFeatures> features(AdapterView view);

    /// Second moments of what goes into the matrices of these sites, over the task's training images in training
    /// pixels.
    ///
    /// @param seeds of the augmentation, by the number of a batch
    InputMoments moments(AdapterView view, Set<Site> sites, IntToLongFunction seeds);

    /// Puts the heads of a phase at its start.
    void beginPhase(Phase.Alignment phase);

    /// One epoch of the phase: the losses of its steps.
    double[] phaseEpoch(Phase.Alignment phase, int epoch, long seed, int seenClasses);

    /// Counts of one row.
    ///
    /// @param tasks those learned so far; the row covers all of them
    MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, EvaluationData data);

    /// The model after these tasks, without what the method keeps: bundles by name. While a task trains, the model as
    /// it was before. Bundles refer to the model's own tensors: they are written before anything goes on.
    Map<String, TensorBundle> save(List<LearningTask> learned);

    /// Puts model and method where they were after these tasks.
    ///
    /// @param saved what [#save] gave and, under [SavedTensors#METHOD], what the method saved; a bundle may be
    ///     missing
    void restore(Map<String, TensorBundle> saved, ContinualMethod method, List<LearningTask> learned);

    /// Moments and steps inside a task, as [#save] gives the model.
    TensorBundle saveSession();

    void restoreSession(TensorBundle saved);

    @Override
    void close();
}
