package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Baseline: every weight of the backbone trains. It also makes the bundled backbone.
///
/// Saved: `alignment.*`, if heads are aligned.
public final class FullFineTuning implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "full_fine_tuning",
            "Full fine-tuning",
            "Baseline: everything trains",
            Settings.class,
            new MethodTraits(true, false, true, true, true, 1, true, false),
            new TrainingSettings(
                    10,
                    128,
                    new OptimizerSettings.AdamW(1e-4, null, 0.01, 0.9, 0.999, 1e-8),
                    new Schedule.Cosine(0, 0),
                    1.0),
            RunPhase.aligned(),
            List.of());

    @JsonTypeName("full_fine_tuning")
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

    FullFineTuning(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        return TaskRecipe.backbone(List.of(task.task()), settings.classScope().of(task.task()));
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
