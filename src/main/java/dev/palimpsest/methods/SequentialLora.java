package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.TensorBundle;
import java.util.List;
import java.util.Set;
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
            new MethodTraits(true, false, true, true, false, 1, true),
            TrainingSettings.adapters(),
            List.of(
                    RunPhase.PREPARING,
                    RunPhase.TRAINING,
                    RunPhase.COLLECTING,
                    RunPhase.ALIGNING,
                    RunPhase.EVALUATING,
                    RunPhase.SAVING),
            List.of());

    @JsonTypeName("sequential_lora")
    public record Settings(
            @Setting(
                    minItems = 1,
                    defaultValue = "[\"q\",\"k\",\"v\",\"out\",\"fc1\",\"fc2\"]",
                    value = "Matrices that get adapters.")
            Set<Site> sites,

            @Setting(min = 1, defaultValue = "null", value = "Adapters in the first so many blocks; null for all.")
            @Nullable
            Integer blockCount,

            @Setting(min = 1, max = 256, defaultValue = "16", value = "Inner size of an adapter.")
            int rank,

            @Setting(exclusiveMin = 0, defaultValue = "null", value = "Factor on B A; null is 1 / rank.") @Nullable
            Double scale,

            @Setting(defaultValue = "\"task\"", value = "Classes in the cross-entropy: the task's, or all seen.")
            ClassScope classScope,

            @Setting(defaultValue = "null", value = "Classifier alignment; null for none.") @Nullable
            AlignmentSettings alignment)
            implements MethodSettings {

        public Settings {
            sites = Site.ordered(sites);
        }

        @Override
        public MethodInfo info() {
            return INFO;
        }

        @Override
        public AdapterChoice adapters() {
            return new AdapterChoice(sites, blockCount, rank, scale);
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
        view = onlyAdapter(task.network());
        TrainingView training =
                TrainingView.plain(AdapterView.NONE, view.coefficients().getFirst());
        return TaskRecipe.adapters(task.task(), training, settings.classScope().of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        if (alignment.wanted()) {
            alignment.learn(task, task.features(view));
        }
        return alignment.phases();
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(view, true);
    }

    @Override
    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        bundle.putAll("alignment.", alignment.save());
        return bundle;
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        view = onlyAdapter(network);
        alignment.restore(network.runtime(), saved.under("alignment."), learned);
    }

    private static AdapterView onlyAdapter(Network network) {
        SiteValues each = network.bank().settings().scales(network.shape().depth());
        return AdapterView.first(1, each);
    }

    @Override
    public void close() {
        alignment.close();
    }
}
