package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.ImportanceScores;
import dev.palimpsest.memory.InferenceStatistics;
import dev.palimpsest.model.AdapterBank;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// LoRAC-IPC: orthogonal LoRA composition with the most critical matrices frozen after each task
/// (`docs/methods/lorac-ipc.md`).
///
/// While task t is learned, with s = scale and M the mask after the last task (1 free, 0 frozen):
///
/// ```
/// W = W0 + s (sum_{j<t} omega_j B_j A_j + M B_t A_t)        omega trains where M = 1, is the bank's value where M = 0
/// L = cross-entropy over the task's classes + weight * sum over free sites of || [A_0..A_t][A_0..A_t]^T - I ||_F
/// ```
///
/// After the task the coefficients go into the bank: snapshot t is `W0 + s sum_{i<=t} bank_t,i B_i A_i` for
/// ever.
///
/// Saved: `mask` [L, 6], `bank.task{t}` [t, L, 6], `scores` [L, 6]; `alignment.*` and `inference.*` of the
/// statistics.
///
/// Longer than 350 lines: the method is read from its settings to its inference on one page.
public final class LoracIpc implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "lorac_ipc",
            "LoRAC-IPC",
            "Ling, Zhang, Zhao, Pan, Li, Pattern Recognition 2025, arXiv 2504.13407",
            Settings.class,
            new MethodTraits(true, true, true, true, false, 2, true, false),
            TrainingSettings.adapters(),
            RunPhase.aligned(),
            List.of(LossTerm.Orthogonality.NAME));

    /// The smoothed importance forgets: what is older changes a score by 1e-9 relative (`docs/methods/lorac-ipc.md`
    /// 4).
    private static final int REMEMBERED_STEPS = 160;

    public enum Fidelity {
        /// What the published code does, quirks included.
        @JsonProperty("reference")
        REFERENCE,
        /// Every matrix under its own mask, unseen classes masked at test.
        @JsonProperty("corrected")
        CORRECTED
    }

    public enum CountOver {
        @JsonProperty("all_sites")
        ALL_SITES,
        @JsonProperty("free_sites")
        FREE_SITES
    }

    public record TaskInference(
            @Setting(min = 1, max = 100, defaultValue = "4", value = "Clusters a class.")
            int clusters) {}

    @JsonTypeName("lorac_ipc")
    public record Settings(
            @Setting(
                    defaultValue = "\"corrected\"",
                    value = "Corrected behaviour, or that of the published code with its quirks.")
            Fidelity fidelity,

            @Setting(inline = true, value = "Adapters.") @JsonUnwrapped
            AdapterChoice adapters,

            @Setting(min = 0, defaultValue = "0.5", value = "Weight of the orthogonality term.")
            double orthogonalityWeight,

            @Setting(
                    min = 0,
                    defaultValue = "1.0",
                    value = "Learning rate of the coefficients of earlier adapters, relative to that of the adapters; 0"
                            + " leaves them as they are.")
            double pastCoefficientRateScale,

            @Setting(
                    exclusiveMin = 0,
                    defaultValue = "null",
                    value = "Learning rate in the first task, of the heads too unless they have their own; null is that"
                            + " of the others.")
            @Nullable
            Double firstTaskLearningRate,

            @Setting(
                    min = 0,
                    max = 1,
                    defaultValue = "0.05",
                    value = "Share of the sites that freezes after each task; 0 for none.")
            double freezeFraction,

            @Setting(defaultValue = "\"all_sites\"", value = "Of which sites the share is taken.")
            CountOver freezeCountOver,

            @Setting(min = 0, exclusiveMax = 1, defaultValue = "0.85", value = "Smoothing of the sensitivity.")
            double sensitivityDecay,

            @Setting(min = 0, exclusiveMax = 1, defaultValue = "0.85", value = "Smoothing of the uncertainty.")
            double uncertaintyDecay,

            @Setting(defaultValue = "{}", value = "Classifier alignment; null for none.") @Nullable
            AlignmentSettings alignment,

            @Setting(
                    defaultValue = "{}",
                    value = "Inference of the task; null lets the newest snapshot classify every image.")
            @Nullable
            TaskInference taskInference)
            implements MethodSettings {

        @Override
        public MethodInfo info() {
            return INFO;
        }

        @Override
        public ClassScope classScope() {
            return ClassScope.TASK;
        }

        @Override
        public boolean infersTask() {
            return taskInference != null;
        }
    }

    private final Settings settings;
    private final HeadAlignment alignment;
    private @Nullable InferenceStatistics inferenceStatistics;

    /// 1 free, 0 frozen; what the next task obeys.
    private @Nullable SiteValues mask;

    private @Nullable SiteValues scores;

    /// Row t: the coefficient of each adapter in snapshot t, without the scale.
    private final List<List<SiteValues>> bank = new ArrayList<>();

    private double scale;

    /// Where adapters sit, once a task has begun.
    private List<AdapterSite> sites = List.of();

    LoracIpc(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        AdapterBank adapters = task.network().bank();
        int depth = task.network().shape().depth();
        scale = adapters.settings().scale();
        sites = adapters.settings().all();
        adapters.grow(task.seed(Stream.INIT, 0));
        int t = adapters.size() - 1;
        SiteValues adapted = adapters.settings().mask(depth);
        SiteValues scales = adapters.settings().scales(depth);
        SiteValues free = mask == null ? adapted : mask.times(adapted);
        SiteValues gate = scales.times(SiteValues.of(depth, site -> free.at(site.block(), gatedBy(site.matrix()))));
        List<SiteValues> past = t == 0 ? List.of() : bank.getLast();
        List<SiteValues> frozen = past.stream()
                .map(each -> SiteValues.of(depth, site -> free.at(site) == 0 ? scales.at(site) * each.at(site) : 0))
                .toList();
        TrainingView view = new TrainingView(
                new AdapterView(frozen), gate, t == 0 ? null : new TrainingView.Past(scales.times(free), past));
        Set<Part> trains = EnumSet.copyOf(TaskRecipe.ADAPTER);
        if (t > 0 && settings.pastCoefficientRateScale() > 0) {
            trains.add(Part.PAST_COEFFICIENTS);
        }
        Double first = t == 0 ? settings.firstTaskLearningRate() : null;
        TaskRecipe.Rates rates = new TaskRecipe.Rates(first, settings.pastCoefficientRateScale());
        return new TaskRecipe(
                List.of(task.task()),
                trains,
                view,
                settings.classScope().of(task.task()),
                rates,
                List.of(new LossTerm.Orthogonality(settings.orthogonalityWeight(), free)),
                collect());
    }

    /// Whose mask gates the new adapter of a matrix: its own; in the published code `q`'s for `k`
    /// (`docs/methods/lorac-ipc.md` 2.5).
    private Site gatedBy(Site matrix) {
        return matrix == Site.K && reference() && settings.adapters().sites().contains(Site.Q) ? Site.Q : matrix;
    }

    private TaskRecipe.@Nullable Collect collect() {
        if (settings.freezeFraction() == 0 && !reference()) {
            return null;
        }
        ImportanceCollection how =
                new ImportanceCollection(settings.sensitivityDecay(), settings.uncertaintyDecay(), reference());
        return new TaskRecipe.Collect(how, reference() ? Integer.MAX_VALUE : REMEMBERED_STEPS);
    }

    private boolean reference() {
        return settings.fidelity() == Fidelity.REFERENCE;
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        AdapterBank adapters = task.network().bank();
        int depth = task.network().shape().depth();
        if (!(task.learned() instanceof SessionResult.OfAdapter learned)) {
            throw new IllegalStateException("an adapter trains in every task, got " + task.learned());
        }
        List<SiteValues> row = new ArrayList<>(learned.omega());
        row.add(SiteValues.all(depth, 1));
        bank.add(List.copyOf(row));
        SiteValues free = mask == null ? adapters.settings().mask(depth) : mask;
        ImportanceScores importance = ImportanceScores.of(
                learned.sensitivity(),
                learned.uncertainty(),
                free,
                adapters.settings().all());
        scores = importance.scores();
        boolean overFree = settings.freezeCountOver() == CountOver.FREE_SITES;
        mask = reference()
                ? importance.freeze(settings.freezeFraction(), overFree)
                : importance.freezeAtMost(settings.freezeFraction(), overFree);
        collectStatistics(task);
        return alignment.phases();
    }

    /// Features of the newest snapshot serve alignment, those of the first one task inference; after the
    /// first task they are the same.
    private void collectStatistics(TaskContext task) {
        int t = bank.size() - 1;
        TaskInference inference = settings.taskInference();
        List<ClassFeatures> newest =
                alignment.wanted() || (inference != null && t == 0) ? task.features(snapshot(t)) : List.of();
        alignment.learn(task, newest);
        if (inference == null) {
            return;
        }
        InferenceStatistics statistics = inferenceStatistics(task.network(), inference);
        for (ClassFeatures one : t == 0 ? newest : task.features(snapshot(0))) {
            statistics.learn(task.task().index(), one, task.seed(Stream.SAMPLING, 2 * one.classPosition() + 1));
        }
    }

    private InferenceStatistics inferenceStatistics(Network network, TaskInference inference) {
        InferenceStatistics statistics = inferenceStatistics;
        if (statistics == null) {
            statistics = new InferenceStatistics(network.runtime(), inference.clusters());
            inferenceStatistics = statistics;
        }
        return statistics;
    }

    @Override
    public Inference inference() {
        if (inferenceStatistics == null) {
            return new Inference.Latest(snapshot(bank.size() - 1), true);
        }
        List<AdapterView> snapshots = new ArrayList<>();
        for (int j = 0; j < bank.size(); j++) {
            snapshots.add(snapshot(j));
        }
        return new Inference.ByInferredTask(inferenceStatistics, snapshots, !reference());
    }

    private AdapterView snapshot(int task) {
        return new AdapterView(bank.get(task).stream()
                .map(each -> each.map(value -> scale * value))
                .toList());
    }

    @Override
    public Map<String, Double> numbers() {
        SiteValues free = mask;
        if (free == null) {
            return Map.of();
        }
        return Map.of(
                "frozen_sites",
                sites.stream().mapToDouble(site -> 1 - free.at(site)).sum());
    }

    /// The coefficients of the snapshots that are asked, and the clusters by which the task is inferred.
    @Override
    public long inferenceNumbers() {
        InferenceStatistics statistics = inferenceStatistics;
        if (statistics == null) {
            return (long) sites.size() * bank.size();
        }
        return sites.size() * bank.stream().mapToLong(List::size).sum() + statistics.numbers();
    }

    @Override
    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        if (mask == null || scores == null) {
            return bundle;
        }
        bundle.put("mask", host(List.of(mask)));
        bundle.put("scores", host(List.of(scores)));
        for (int t = 0; t < bank.size(); t++) {
            bundle.put("bank.task" + (t + 1), host(bank.get(t)));
        }
        bundle.putAll("", alignment.save());
        if (inferenceStatistics != null) {
            bundle.putAll("inference.", inferenceStatistics.save());
        }
        return bundle;
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        scale = network.bank().settings().scale();
        sites = network.bank().settings().all();
        if (!saved.has("mask")) {
            return;
        }
        int depth = network.shape().depth();
        mask = values(saved.get("mask"), depth).getFirst();
        scores = values(saved.get("scores"), depth).getFirst();
        for (int t = 0; t < learned.size(); t++) {
            bank.add(values(saved.get("bank.task" + (t + 1)), depth));
        }
        alignment.restore(network.runtime(), saved, learned);
        TaskInference inference = settings.taskInference();
        if (inference != null) {
            InferenceStatistics statistics = inferenceStatistics(network, inference);
            for (LearningTask task : learned) {
                statistics.restore(saved.under("inference."), task.index(), task.classes());
            }
        }
    }

    private static HostTensor host(List<SiteValues> rows) {
        double[] values = rows.stream()
                .flatMapToDouble(row -> Arrays.stream(row.toArray()))
                .toArray();
        int sites = values.length / rows.size();
        return HostTensor.ofDoubles(values, rows.size(), sites / Site.values().length, Site.values().length);
    }

    private static List<SiteValues> values(HostTensor saved, int depth) {
        int sites = depth * Site.values().length;
        double[] all = saved.doubles();
        List<SiteValues> rows = new ArrayList<>();
        for (int from = 0; from < all.length; from += sites) {
            rows.add(SiteValues.ofArray(Arrays.copyOfRange(all, from, from + sites)));
        }
        return List.copyOf(rows);
    }

    @Override
    public void close() {
        alignment.close();
        if (inferenceStatistics != null) {
            inferenceStatistics.close();
        }
    }
}
