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

    @JsonTypeName("incremental_lora")
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
    private AdapterView all = AdapterView.NONE;

    IncrementalLora(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        AdapterView older = all;
        task.network().bank().grow(task.seed(Stream.INIT, 0));
        all = everyAdapter(task.network());
        TrainingView view = TrainingView.plain(older, all.coefficients().getLast());
        return TaskRecipe.adapters(task.task(), view, settings.classScope().of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        if (alignment.wanted()) {
            alignment.learn(task, task.features(all));
        }
        return alignment.phases();
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(all, true);
    }

    @Override
    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        bundle.putAll("alignment.", alignment.save());
        return bundle;
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        all = everyAdapter(network);
        alignment.restore(network.runtime(), saved.under("alignment."), learned);
    }

    private static AdapterView everyAdapter(Network network) {
        SiteValues each = network.bank().settings().scales(network.shape().depth());
        return AdapterView.first(network.bank().size(), each);
    }

    @Override
    public void close() {
        alignment.close();
    }
}
