package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Baseline: the heads alone train, on what the frozen backbone makes of the augmented images.
///
/// Saved: `alignment.*`, if heads are aligned.
public final class LinearProbe implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "linear_probe",
            "Linear probe",
            "Baseline: the heads alone train, above the frozen backbone",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, true, false),
            TrainingSettings.adapters(),
            RunPhase.aligned(),
            List.of());

    @JsonTypeName("linear_probe")
    public record Settings(
            @Setting(defaultValue = "\"task\"", value = "Classes in the cross-entropy: the task's, or all seen.")
            ClassScope classScope,

            @Setting(defaultValue = "null", value = "Classifier alignment; null for none.") @Nullable
            AlignmentSettings alignment)
            implements MethodSettings {

        @Override
        public MethodInfo info() {
            return INFO;
        }

        @Override
        public @Nullable AdapterChoice adapters() {
            return null;
        }
    }

    private final Settings settings;
    private final HeadAlignment alignment;

    LinearProbe(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        int depth = task.network().shape().depth();
        return TaskRecipe.heads(
                List.of(task.task()), depth, settings.classScope().of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        alignment.learn(task, AdapterView.NONE);
        return alignment.phases();
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(AdapterView.NONE, true);
    }

    @Override
    public TensorBundle save() {
        return alignment.save();
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        alignment.restore(network.runtime(), saved, learned);
    }

    @Override
    public void close() {
        alignment.close();
    }
}
