package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.model.AdapterBank;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ClassifierHeads;
import dev.palimpsest.model.DenseChange;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Merge;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.settings.SettingRefusedException;
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
/// Saved: what [SharedHead] says, where the head is part of the vectors; the adapters are the rest of them. Under
/// `exemplars.` what [ExemplarMemory] says, if images are kept.
public final class TaskArithmetic implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "task_arithmetic",
            "Task Arithmetic with LoRA",
            "Chitale et al., 2023, arXiv 2311.02428",
            Settings.class,
            new MethodTraits(false, false, true, true, false, 1, false, false),
            new TrainingSettings(
                    10,
                    32,
                    new OptimizerSettings.Adam(3e-4, 3e-3, 1e-6, 0.9, 0.999, 1e-8),
                    new Schedule.Constant(),
                    null),
            List.of(
                    RunPhase.PREPARING,
                    RunPhase.TRAINING,
                    RunPhase.COLLECTING,
                    RunPhase.FEW_SHOT,
                    RunPhase.EVALUATING,
                    RunPhase.SAVING),
            List.of(LossTerm.Divergence.NAME));

    /// Where the adapter of a task begins.
    public enum Start {
        /// At the pretrained weights, drawn afresh.
        @JsonProperty("independent")
        INDEPENDENT,
        /// As the adapter of the task before was left; both then hold what the earlier task learned.
        @JsonProperty("sequential")
        SEQUENTIAL
    }

    /// What heads are.
    public enum Head {
        /// One a task, side by side, no part of the task vectors.
        @JsonProperty("concatenated")
        CONCATENATED,
        /// One of all planned classes, merged as adapters are.
        @JsonProperty("in_task_vector")
        IN_TASK_VECTOR
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
                    defaultValue = "\"concatenated\"",
                    value = "One head a task; or one of all planned classes whose change is part of the task vector.")
            Head head,

            @Setting(
                    min = 0,
                    exclusiveMax = 1,
                    defaultValue = "0.0",
                    value = "Share of the divergence from the frozen features in the loss; 0 for none.")
            double klWeight,

            @Setting(
                    defaultValue = "{\"rule\":\"sum\",\"coefficient\":0.25}",
                    value = "How the changes of all tasks become one.")
            MergeRule merge,

            @Setting(defaultValue = "null", value = "Training images that are kept of every class; null for none.")
            @Nullable
            ExemplarSettings exemplars,

            @Setting(
                    defaultValue = "null",
                    value = "A training on the kept images after every task, from the merged weights; null for none.")
            @Nullable
            FewShotSettings fewShot)
            implements MethodSettings {

        public Settings {
            sites = Site.ordered(sites);
            if (fewShot != null && exemplars == null) {
                throw new SettingRefusedException(
                        "missing_field", "exemplars", "few_shot trains on kept images and needs 'exemplars'.");
            }
        }

        @Override
        public int keptPerClass() {
            return exemplars == null ? 0 : exemplars.perClass();
        }

        @Override
        public long imagesAfterTask(int classes) {
            return fewShot == null ? 0 : (long) fewShot.epochs() * keptPerClass() * classes;
        }

        @Override
        public MethodInfo info() {
            return INFO;
        }

        @Override
        public AdapterChoice adapters() {
            return new AdapterChoice(sites, blockCount, rank, scale);
        }

        /// Whether the merge is a matter of coefficients; else it makes a matrix at each site.
        public boolean linear() {
            return switch (merge) {
                case MergeRule.Sum _, MergeRule.Average _, MergeRule.MovingAverage _ -> true;
                case MergeRule.MaxMagnitude _, MergeRule.RandomMix _, MergeRule.Ties _, MergeRule.Dare _ -> false;
            };
        }

        @Override
        public @Nullable ClassScope classScope() {
            return head == Head.CONCATENATED ? ClassScope.TASK : null;
        }

        @Override
        public boolean continuable() {
            return head == Head.CONCATENATED;
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

    /// Places in the stream `sampling`.
    private static final int MERGE = 0;

    private static final int HEAD_MERGE = 1;
    private static final int EXEMPLARS = 2;

    /// A place in the stream `init`.
    private static final int ADAPTER_OF_STAGE = 2;

    private static final String KEPT = "exemplars.";

    private final Settings settings;
    private final SharedHead shared = new SharedHead();
    private final @Nullable ExemplarMemory exemplars;
    private AdapterView merged = AdapterView.NONE;
    private @Nullable NetworkCopy tuned;

    TaskArithmetic(Settings settings) {
        this.settings = settings;
        ExemplarSettings kept = settings.exemplars();
        this.exemplars = kept == null ? null : new ExemplarMemory(kept);
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        tuned = null;
        AdapterBank bank = task.network().bank();
        bank.grow(task.seed(Stream.INIT, 0), AdapterBank.Bound.BY_INPUT);
        if (settings.start() == Start.SEQUENTIAL && bank.size() > 1) {
            bank.beginAsBefore();
        }
        ClassRange scope = ClassScope.TASK.of(task.task());
        if (settings.head() == Head.IN_TASK_VECTOR) {
            shared.begin(task.network(), settings.start() == Start.SEQUENTIAL);
            scope = new ClassRange(0, task.network().heads().classes());
        }
        TrainingView alone = TrainingView.plain(AdapterView.NONE, scales(task.network()));
        List<LossTerm> terms =
                settings.klWeight() == 0 ? List.of() : List.of(new LossTerm.Divergence(settings.klWeight()));
        return TaskRecipe.adapters(List.of(task.task()), alone, scope).with(terms);
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        Network network = task.network();
        AdapterBank bank = network.bank();
        if (settings.head() == Head.IN_TASK_VECTOR) {
            shared.learned(network);
            shared.merge(network, settings.merge(), task.seed(Stream.SAMPLING, HEAD_MERGE));
        }
        merged = Merge.of(network, settings.merge(), vectors(network), task.seed(Stream.SAMPLING, MERGE));
        bank.keep(merged.dense());
        if (exemplars != null) {
            exemplars.choose(task, EXEMPLARS);
        }
        return fewShot(task);
    }

    /// From the merged weights of all tasks so far, whatever a stage before has made of them.
    private List<Phase> fewShot(TaskContext task) {
        FewShotSettings few = settings.fewShot();
        if (few == null || exemplars == null) {
            return List.of();
        }
        int newest = task.task().index();
        List<LearningTask> images = exemplars.of(task.planned().subList(0, newest + 1));
        ClassRange seen = ClassScope.SEEN.of(task.task());
        NetworkCopy copy = copy(few, task.seed(Stream.INIT, ADAPTER_OF_STAGE));
        TaskRecipe recipe = switch (few.train()) {
            case ALL -> TaskRecipe.backbone(images, seen);
            case HEADS -> TaskRecipe.heads(images, task.network().shape().depth(), seen);
            case HEADS_AND_ADAPTER ->
                TaskRecipe.adapters(images, TrainingView.plain(AdapterView.NONE, scales(task.network())), seen);
        };
        return List.of(new Phase.Training(RunPhase.FEW_SHOT, Stage.BEFORE_FEW_SHOT, copy, recipe, few.training()));
    }

    private NetworkCopy copy(FewShotSettings few, long seed) {
        boolean adapter = few.train() == FewShotSettings.Train.HEADS_AND_ADAPTER;
        return new NetworkCopy(
                merged,
                adapter ? new NetworkCopy.Adapter(seed, AdapterBank.Bound.BY_INPUT) : null,
                few.train() == FewShotSettings.Train.ALL);
    }

    @Override
    public List<Phase> afterPhase(TaskContext task, Phase done) {
        if (done instanceof Phase.Training training) {
            tuned = training.copy();
        }
        return List.of();
    }

    @Override
    public Inference inference() {
        return tuned == null ? new Inference.Latest(merged, true) : new Inference.OfCopy(tuned, true);
    }

    @Override
    public TensorBundle save() {
        TensorBundle bundle = shared.save();
        if (exemplars != null) {
            bundle.putAll(KEPT, exemplars.save());
        }
        return bundle;
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        if (settings.head() == Head.IN_TASK_VECTOR) {
            shared.restore(saved, network, learned.size());
        }
        if (exemplars != null) {
            exemplars.restore(saved.under(KEPT));
        }
        DenseChange kept = network.bank().dense();
        if (kept != null) {
            merged = new AdapterView(List.of(), kept);
        } else if (!learned.isEmpty()) {
            merged = Merge.of(network, settings.merge(), vectors(network), 0);
        }
        FewShotSettings few = settings.fewShot();
        tuned = few == null || learned.isEmpty() ? null : copy(few, 0);
    }

    @Override
    public void close() {
        shared.close();
    }

    /// What each task adds to the pretrained weights.
    private static List<AdapterView> vectors(Network network) {
        SiteValues none = SiteValues.all(network.shape().depth(), 0);
        List<AdapterView> vectors = new ArrayList<>();
        for (int task = 0; task < network.bank().size(); task++) {
            List<SiteValues> alone = new ArrayList<>(Collections.nCopies(task, none));
            alone.add(scales(network));
            vectors.add(new AdapterView(alone));
        }
        return vectors;
    }

    private static SiteValues scales(Network network) {
        return network.bank().settings().scales(network.shape().depth());
    }
}
