package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.model.AdapterBank;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassifierHeads;
import dev.palimpsest.model.DenseChange;
import dev.palimpsest.model.Merge;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Task Arithmetic with LoRA (Chitale et al., arXiv 2311.02428): each task trains an adapter alone above the pretrained
/// weights, and what it adds to them is its task vector; a merge of all vectors classifies
/// (`docs/methods/task-arithmetic.md`).
///
/// Saved: nothing; the adapters are the vectors, and a merge that is no sum of them is the bank's dense change.
public final class TaskArithmetic implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "task_arithmetic",
            "Task Arithmetic with LoRA",
            "Chitale et al., 2023, arXiv 2311.02428",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, false, false),
            new TrainingSettings(
                    10,
                    32,
                    new OptimizerSettings.Adam(3e-4, 3e-3, 1e-6, 0.9, 0.999, 1e-8),
                    new Schedule.Constant(),
                    null),
            List.of(RunPhase.PREPARING, RunPhase.TRAINING, RunPhase.COLLECTING, RunPhase.EVALUATING, RunPhase.SAVING),
            List.of());

    /// Where the adapter of a task begins.
    public enum Start {
        /// At the pretrained weights, drawn afresh.
        @JsonProperty("independent")
        INDEPENDENT,
        /// As the adapter of the task before was left; both then hold what the earlier task learned.
        @JsonProperty("sequential")
        SEQUENTIAL
    }

    @JsonTypeName("task_arithmetic")
    public record Settings(
            @Setting(minItems = 1, defaultValue = "[\"q\",\"v\"]", value = "Matrices that get adapters.")
            Set<Site> sites,

            @Setting(min = 1, defaultValue = "null", value = "Adapters in the first so many blocks; null for all.")
            @Nullable
            Integer blockCount,

            @Setting(min = 1, max = 256, defaultValue = "16", value = "Inner size of an adapter.")
            int rank,

            @Setting(exclusiveMin = 0, defaultValue = "1.0", value = "Factor on B A.")
            double scale,

            @Setting(
                    defaultValue = "\"independent\"",
                    value =
                            "Where a task's adapter begins: at the pretrained weights, or as a copy of the last task's.")
            Start start,

            @Setting(
                    defaultValue = "{\"rule\":\"sum\",\"coefficient\":0.25}",
                    value = "How the changes of all tasks become one.")
            MergeRule merge)
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

        @Override
        public ClassScope classScope() {
            return ClassScope.TASK;
        }

        @Override
        public @Nullable AlignmentSettings alignment() {
            return null;
        }

        @Override
        public ClassifierHeads.Start headStart() {
            return ClassifierHeads.Start.UNIFORM;
        }
    }

    private final Settings settings;
    private AdapterView merged = AdapterView.NONE;

    TaskArithmetic(Settings settings) {
        this.settings = settings;
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        AdapterBank bank = task.network().bank();
        bank.grow(task.seed(Stream.INIT, 0), AdapterBank.Bound.BY_INPUT);
        if (settings.start() == Start.SEQUENTIAL && bank.size() > 1) {
            bank.beginAsBefore();
        }
        TrainingView alone = TrainingView.plain(AdapterView.NONE, scales(task.network()));
        return TaskRecipe.adapters(List.of(task.task()), alone, ClassScope.TASK.of(task.task()));
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        Network network = task.network();
        merged = Merge.of(network, settings.merge(), vectors(network), task.seed(Stream.SAMPLING, 0));
        network.bank().keep(merged.dense());
        return List.of();
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(merged, true);
    }

    @Override
    public TensorBundle save() {
        return new TensorBundle();
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        DenseChange dense = network.bank().dense();
        if (dense != null) {
            merged = new AdapterView(List.of(), dense);
        } else if (network.bank().size() > 0) {
            merged = Merge.of(network, settings.merge(), vectors(network), 0);
        }
    }

    /// What each task adds alone.
    private static List<AdapterView> vectors(Network network) {
        SiteValues scales = scales(network);
        SiteValues none = scales.map(_ -> 0);
        List<AdapterView> vectors = new ArrayList<>();
        for (int t = 0; t < network.bank().size(); t++) {
            List<SiteValues> coefficients = new ArrayList<>(Collections.nCopies(t, none));
            coefficients.add(scales);
            vectors.add(new AdapterView(coefficients));
        }
        return vectors;
    }

    private static SiteValues scales(Network network) {
        return network.bank().settings().scales(network.shape().depth());
    }
}
