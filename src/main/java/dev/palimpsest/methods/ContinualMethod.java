package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.Network;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import java.util.Map;

/// A continual-learning method: what a task may change, and what stays behind when it is over.
///
/// A method states, the trainer acts: it owns loop, optimiser, batches and every random number. One instance
/// serves one run and is used by one thread. It owns nothing that it did not create, and releases that in
/// [#close()].
public interface ContinualMethod extends AutoCloseable {

    /// Grows adapters, and says how this task is trained.
    TaskRecipe beforeTask(TaskContext task);

    /// Takes over what was learned and collected, and names the phases still to be run, in order.
    List<Phase> afterTask(TaskContext task);

    /// Hears that a phase has run; [#inference] may be another from now on. What follows from it runs after the phases
    /// that still wait.
    default List<Phase> afterPhase(TaskContext task, Phase done) {
        return List.of();
    }

    /// What counts when an image is classified, as of now.
    Inference inference();

    /// How many numbers [#inference] needs beside backbone, adapters and heads: coefficients that were learned, and
    /// statistics.
    default long inferenceNumbers() {
        return 0;
    }

    /// Everything beside adapters and heads that the next task, or a prediction tomorrow, needs; tensors are
    /// documented in the class. The bundle may refer to the method's own tensors: it is written at once. Until
    /// [#afterTask], a task leaves what is saved as it was at its start.
    TensorBundle save();

    /// Takes what [#save] gave.
    ///
    /// @param network with adapters and heads already restored
    /// @param learned tasks that were finished when it was saved
    void restore(TensorBundle saved, Network network, List<LearningTask> learned);

    /// Numbers of the last task for the metric series, `frozen_sites` for instance.
    default Map<String, Double> numbers() {
        return Map.of();
    }

    @Override
    default void close() {}
}
