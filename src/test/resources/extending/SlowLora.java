package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.model.*;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A slow learner: one adapter that keeps training, at a lower rate after the first task; heads may be aligned.
/// Saved: `alignment.*`, if heads are aligned.
public final class SlowLora implements ContinualMethod {
    static final MethodInfo INFO = new MethodInfo(
            "slow_lora",
            "Slow learner",
            "After SLCA: Zhang et al., ICCV 2023, arXiv 2303.05118, which trains the whole backbone so",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, true, false),
            TrainingSettings.adapters(),
            List.of(RunPhase.values()),
            List.of());

    /// The settings of `slow_lora`.
    @JsonTypeName("slow_lora")
    public record Settings(
            @Setting(inline = true, value = "Adapters.") @JsonUnwrapped AdapterChoice adapters,
            @Setting(exclusiveMin = 0, defaultValue = "0.0001", value = "Learning rate after the first task.")
            double laterLearningRate,
            @Setting(defaultValue = "\"task\"", value = "Classes in the cross-entropy: the task's, or all seen.")
            ClassScope classScope,
            @Setting(defaultValue = "null", value = "Classifier alignment; null for none.")
            @Nullable AlignmentSettings alignment) implements MethodSettings {
        @Override public MethodInfo info() { return INFO; }
    }

    private final Settings settings;
    private final HeadAlignment alignment;
    private AdapterView view = AdapterView.NONE;

    SlowLora(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override public TaskRecipe beforeTask(TaskContext task) {
        boolean first = task.network().bank().size() == 0;
        if (first) {
            task.network().bank().grow(task.seed(Stream.INIT, 0));
        }
        view = task.network().bank().all();
        TaskRecipe plain = TaskRecipe.adapters(
                List.of(task.task()),
                TrainingView.plain(AdapterView.NONE, view.coefficients().getFirst()),
                settings.classScope().of(task.task()));
        var rates = new TaskRecipe.Rates(first ? null : settings.laterLearningRate(), 1);
        return new TaskRecipe(plain.images(), plain.trains(), plain.view(), plain.scope(), rates, List.of(), null);
    }

    @Override public List<Phase> afterTask(TaskContext task) {
        alignment.learn(task, view);
        return alignment.phases();
    }

    @Override public Inference inference() { return new Inference.Latest(view, true); }

    @Override public TensorBundle save() { return alignment.save(); }

    @Override public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        view = network.bank().all();
        alignment.restore(network.runtime(), saved, learned);
    }

    @Override public void close() { alignment.close(); }
}
