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

/// Upper bound, not a continual learner: one adapter trains on the images of all planned tasks at once, in the last
/// task. Before it nothing is learned and nothing is measured.
///
/// Saved: nothing.
public final class JointLora implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "joint_lora",
            "Joint LoRA",
            "Upper bound: one adapter on all tasks at once",
            Settings.class,
            new MethodTraits(true, false, true, false, false, 1, true, true),
            TrainingSettings.adapters(),
            List.of(RunPhase.PREPARING, RunPhase.TRAINING, RunPhase.COLLECTING, RunPhase.EVALUATING, RunPhase.SAVING),
            List.of());

    @JsonTypeName("joint_lora")
    public record Settings(
            @Setting(inline = true, value = "Adapters.") @JsonUnwrapped
            AdapterChoice adapters) implements MethodSettings {

        @Override
        public MethodInfo info() {
            return INFO;
        }

        @Override
        public ClassScope classScope() {
            return ClassScope.SEEN;
        }

        @Override
        public @Nullable AlignmentSettings alignment() {
            return null;
        }
    }

    private final Settings settings;
    private AdapterView view = AdapterView.NONE;

    JointLora(Settings settings) {
        this.settings = settings;
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        List<LearningTask> planned = task.planned();
        if (task.task().index() < planned.size() - 1) {
            return TaskRecipe.nothing(task.task(), List.of());
        }
        task.network().bank().grow(task.seed(Stream.INIT, 0));
        view = task.network().bank().all();
        TrainingView training =
                TrainingView.plain(AdapterView.NONE, view.coefficients().getFirst());
        return TaskRecipe.adapters(planned, training, settings.classScope().of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        return List.of();
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(view, true);
    }

    @Override
    public TensorBundle save() {
        return new TensorBundle();
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        view = network.bank().all();
    }
}
