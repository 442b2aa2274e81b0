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

/// Baseline and the shortest example: a fresh adapter for each task above all older ones, which stay as they
/// are.
///
/// Saved: `alignment.*`, if heads are aligned.
public final class IncrementalLora implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "incremental_lora",
            "Incremental LoRA",
            "Baseline: a fresh adapter a task, older ones frozen",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, true, false),
            TrainingSettings.adapters(),
            RunPhase.aligned(),
            List.of());

    @JsonTypeName("incremental_lora")
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
    private AdapterView all = AdapterView.NONE;

    IncrementalLora(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        AdapterView older = all;
        task.network().bank().grow(task.seed(Stream.INIT, 0));
        all = task.network().bank().all();
        TrainingView view = TrainingView.plain(older, all.coefficients().getLast());
        return TaskRecipe.adapters(
                List.of(task.task()), view, settings.classScope().of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        alignment.learn(task, all);
        return alignment.phases();
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(all, true);
    }

    @Override
    public TensorBundle save() {
        return alignment.save();
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        all = network.bank().all();
        alignment.restore(network.runtime(), saved, learned);
    }

    @Override
    public void close() {
        alignment.close();
    }
}
