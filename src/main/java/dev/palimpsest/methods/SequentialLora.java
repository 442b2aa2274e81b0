package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Baseline: one adapter that keeps training, task after task; it starts as LoRAC-IPC's first adapter does.
///
/// Saved: `alignment.*`, if heads are aligned.
public final class SequentialLora implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "sequential_lora",
            "Sequential LoRA",
            "Baseline: one adapter that keeps training",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, true, false),
            TrainingSettings.adapters(),
            RunPhase.aligned(),
            List.of());

    @JsonTypeName("sequential_lora")
    public record Settings(
            @Setting(inline = true, value = "Adapters.") @JsonUnwrapped
            AdapterChoice adapters,

            @Setting(defaultValue = "\"task\"", value = "Classes in the cross-entropy: the task's, or all seen.")
            ClassScope classScope,

            @Setting(defaultValue = "null", value = "Classifier alignment; null for none.") @Nullable
            AlignmentSettings alignment)
            implements MethodSettings {

        @Override
        public MethodInfo info() {
            return INFO;
        }
    }

    private final Settings settings;
    private final HeadAlignment alignment;
    private AdapterView view = AdapterView.NONE;

    SequentialLora(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        if (task.network().bank().size() == 0) {
            task.network().bank().grow(task.seed(Stream.INIT, 0));
        }
        view = task.network().bank().all();
        TrainingView training =
                TrainingView.plain(AdapterView.NONE, view.coefficients().getFirst());
        return TaskRecipe.adapters(
                List.of(task.task()), training, settings.classScope().of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        alignment.learn(task, view);
        return alignment.phases();
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(view, true);
    }

    @Override
    public TensorBundle save() {
        return alignment.save();
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        view = network.bank().all();
        alignment.restore(network.runtime(), saved, learned);
    }

    @Override
    public void close() {
        alignment.close();
    }
}
