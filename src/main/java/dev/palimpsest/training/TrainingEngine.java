package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the trainer needs of tensors; used by one thread.
public interface TrainingEngine extends AutoCloseable {

    Network network();

    /// Loads the task's training images.
    void open(LearningTask task);

    /// Sets up what trains. Nothing for a recipe that trains nothing.
    void begin(TaskRecipe recipe, @Nullable TrainingSettings training);

    /// Sets the epoch's order.
    ///
    /// @param rows into the task's training images
    void order(int[] rows);

    StepTally step(int position, int count, long seed, StepRates rates, boolean collect);

    /// Scalars that receive a gradient in this task.
    long trainableParameters();

    /// Writes what was learned into the network.
    SessionResult finish();

    /// Features of the task's training images through the evaluation pixels, sorted by class.
    List<ClassFeatures> features(AdapterView view);

    /// Puts the heads of a phase at its start.
    void beginPhase(Phase phase);

    /// One epoch of the phase: the losses of its steps.
    double[] phaseEpoch(Phase phase, int epoch, long seed, int seenClasses);

    /// Counts of one row.
    ///
    /// @param tasks those learned so far; the row covers all of them
    /// @param validation whether the images kept away from training are asked, else the test images
    MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, boolean validation);

    /// Moments and steps inside a task.
    TensorBundle saveSession();

    void restoreSession(TensorBundle saved);

    @Override
    void close();
}
