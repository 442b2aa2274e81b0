package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams.Stream;
import dev.palimpsest.memory.SubspaceMemory;
import dev.palimpsest.model.AdapterBank;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassifierHeads;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.settings.SettingRefusedException;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// InfLoRA: the A of each task's adapter is designed so that the adapter leaves alone what earlier tasks use, and only
/// its B trains (`docs/methods/inflora.md`).
///
/// ```
/// W = W0 + sum_{j<=t} B_j A_j                A_t from the inputs of the task, projected beside those of earlier ones
/// ```
///
/// Saved: `memory.blocks.{i}.{sites}.basis` and `.mode` of each input ([SubspaceMemory]); `alignment.*`.
///
/// Longer than 350 lines: the method is read from its settings to its inference on one page.
public final class InfLora implements ContinualMethod {

    static final MethodInfo INFO = new MethodInfo(
            "inflora",
            "InfLoRA",
            "Liang, Li, CVPR 2024, arXiv 2404.00228",
            Settings.class,
            new MethodTraits(true, false, true, true, false, 1, true, false),
            recipe(),
            List.of(RunPhase.values()),
            List.of());

    /// Passes over the images before and after training.
    private static final int BEFORE = 0;

    private static final int AFTER = 1;

    /// Which inputs of a matrix are kept for earlier tasks.
    public enum Memory {
        /// Those directions, or the free ones once they are fewer.
        @JsonProperty("dual")
        DUAL,
        /// Those directions.
        @JsonProperty("plain")
        PLAIN
    }

    /// What of a direction counts against the threshold.
    public enum Energy {
        /// Its squared eigenvalue, as in the published program.
        @JsonProperty("squared_eigenvalues")
        SQUARED_EIGENVALUES,
        /// Its eigenvalue, as in the paper.
        @JsonProperty("eigenvalues")
        EIGENVALUES
    }

    /// How the moment of the inputs is projected.
    public enum Projection {
        /// From the left, as in the published program.
        @JsonProperty("left")
        LEFT,
        /// From both sides, as in the paper.
        @JsonProperty("two_sided")
        TWO_SIDED
    }

    /// Where the rows of A come from.
    public enum DownInit {
        /// The task's directions beside those of earlier tasks: the method.
        @JsonProperty("projected")
        PROJECTED,
        /// Random rows.
        @JsonProperty("random")
        RANDOM,
        /// The task's directions.
        @JsonProperty("current")
        CURRENT,
        /// Random rows beside the directions of earlier tasks.
        @JsonProperty("random_projected")
        RANDOM_PROJECTED;

        /// Whether rows come from the inputs of the task.
        boolean looksAtInputs() {
            return this == PROJECTED || this == CURRENT;
        }

        /// Whether the directions of earlier tasks are kept.
        public boolean remembers() {
            return this == PROJECTED || this == RANDOM_PROJECTED;
        }
    }

    @JsonTypeName("inflora")
    public record Settings(
            @Setting(minItems = 1, defaultValue = "[\"k\",\"v\"]", value = "Matrices that get adapters.")
            Set<Site> sites,

            @Setting(min = 1, defaultValue = "null", value = "Adapters in the first so many blocks; null for all.")
            @Nullable
            Integer blockCount,

            @Setting(min = 1, max = 256, defaultValue = "10", value = "Inner size of an adapter.")
            int rank,

            @Setting(
                    defaultValue = "\"dual\"",
                    value =
                            "What is kept of earlier tasks' inputs: their directions or the free ones, or theirs always.")
            Memory memory,

            @Setting(
                    exclusiveMin = 0,
                    max = 1,
                    defaultValue = "0.95",
                    value = "Share of the energy of the first task's inputs that is protected.")
            double energyThresholdStart,

            @Setting(
                    exclusiveMin = 0,
                    max = 1,
                    defaultValue = "1.0",
                    value = "The share to which it rises over the tasks, reached after the last.")
            double energyThresholdEnd,

            @Setting(
                    defaultValue = "\"squared_eigenvalues\"",
                    value = "What of a direction counts as energy; eigenvalues with the projection two_sided alone.")
            Energy energy,

            @Setting(
                    defaultValue = "\"left\"",
                    value = "How the inputs are projected: from the left, or from both sides.")
            Projection projection,

            @Setting(defaultValue = "\"projected\"", value = "Where the rows of A come from.")
            DownInit downInit,

            @Setting(defaultValue = "null", value = "Classifier alignment; null for none.") @Nullable
            SlcaAlignment alignment)
            implements MethodSettings {

        /// @throws SettingRefusedException if energies have no total, or the threshold falls
        public Settings {
            sites = Site.ordered(sites);
            if (energy == Energy.EIGENVALUES && projection == Projection.LEFT) {
                throw new SettingRefusedException(
                        "not_one_of",
                        "energy",
                        "energy must be squared_eigenvalues with projection left: the eigenvalues have no total there; got eigenvalues.");
            }
            if (energyThresholdEnd < energyThresholdStart) {
                throw new SettingRefusedException(
                        "out_of_range",
                        "energy_threshold_end",
                        "energy_threshold_end must be at least energy_threshold_start, %s, got %s."
                                .formatted(energyThresholdStart, energyThresholdEnd));
            }
        }

        @Override
        public MethodInfo info() {
            return INFO;
        }

        /// B A counts as it is.
        @Override
        public AdapterChoice adapters() {
            return new AdapterChoice(sites, blockCount, rank, 1.0);
        }

        @Override
        public ClassScope classScope() {
            return ClassScope.TASK;
        }

        @Override
        public ClassifierHeads.Start headStart() {
            return ClassifierHeads.Start.UNIFORM;
        }

        /// Sums over the inputs of a task.
        @Override
        public NativeNeed nativeNeed(VitShape shape) {
            int blocks = adapters().on(shape).blocks();
            return downInit == DownInit.RANDOM
                    ? NativeNeed.NOTHING
                    : new NativeNeed("block_count", blocks, InputMoments.bytes(shape, sites, blocks));
        }

        SubspaceMemory.Rules rules() {
            return new SubspaceMemory.Rules(
                    memory == Memory.DUAL, energy == Energy.SQUARED_EIGENVALUES, projection == Projection.TWO_SIDED);
        }

        /// The share of the energy that is protected after a task.
        double threshold(int task, int tasks) {
            return energyThresholdStart + (energyThresholdEnd - energyThresholdStart) * task / tasks;
        }
    }

    /// That of the published runs on CIFAR-100 in ten tasks.
    private static TrainingSettings recipe() {
        return new TrainingSettings(
                20,
                128,
                new OptimizerSettings.Adam(0.0005, null, 0, 0.9, 0.999, 1e-8),
                new Schedule.QuarterCosine(1),
                null);
    }

    private final Settings settings;
    private final HeadAlignment alignment;
    private @Nullable InputMemories memories;
    private AdapterView all = AdapterView.NONE;

    InfLora(Settings settings) {
        this.settings = settings;
        this.alignment = new HeadAlignment(settings.alignment());
    }

    @Override
    public TaskRecipe beforeTask(TaskContext task) {
        AdapterBank bank = task.network().bank();
        AdapterView older = all;
        bank.grow(task.seed(Stream.INIT, 0));
        all = bank.all();
        LearningTask own = task.task();
        if (!task.resumed()) {
            if (settings.downInit().looksAtInputs()) {
                design(task, older);
            } else {
                draw(task);
            }
        }
        TrainingView view = TrainingView.plain(older, all.coefficients().getLast());
        return new TaskRecipe(
                List.of(own),
                Set.of(Part.UP, Part.HEADS),
                view,
                settings.classScope().of(own),
                TaskRecipe.Rates.PLAIN,
                List.of(),
                null);
    }

    /// A of the directions in which the task's inputs have most energy.
    private void design(TaskContext task, AdapterView view) {
        int rank = settings.rank();
        int lowered = 0;
        int least = rank;
        InputMemories kept = memories(task.network());
        try (InputMoments moments = task.moments(view, settings.sites(), BEFORE)) {
            for (InputMemories.Input input : kept.inputs()) {
                try (TensorScope scope = new TensorScope(task.network().runtime());
                        SubspaceMemory nothing = kept.empty(input)) {
                    SubspaceMemory memory = settings.downInit().remembers() ? input.memory() : nothing;
                    SubspaceMemory.Design design = memory.design(scope, moments.mean(scope, input.first()), rank);
                    put(task, input, design.rows());
                    lowered += design.count() < rank ? 1 : 0;
                    least = Math.min(least, design.count());
                }
            }
        }
        warn(task, lowered, least);
    }

    /// A of random rows.
    private void draw(TaskContext task) {
        int rank = settings.rank();
        int lowered = 0;
        int least = rank;
        List<InputMemories.Input> inputs = memories(task.network()).inputs();
        for (int i = 0; i < inputs.size(); i++) {
            InputMemories.Input input = inputs.get(i);
            try (TensorScope scope = new TensorScope(task.network().runtime())) {
                Tensor rows = input.memory().draw(scope, task.seed(Stream.INIT, 1 + i), rank);
                put(
                        task,
                        input,
                        settings.downInit().remembers() ? input.memory().project(scope, rows) : rows);
                lowered += input.memory().free() < rank ? 1 : 0;
                least = Math.min(least, input.memory().free());
            }
        }
        warn(task, lowered, least);
    }

    private static void put(TaskContext task, InputMemories.Input input, Tensor rows) {
        input.sites().forEach(site -> task.network().bank().put(site, rows));
    }

    private void warn(TaskContext task, int lowered, int least) {
        if (lowered > 0) {
            task.warn(
                    "rank_lowered",
                    "method.rank",
                    "Task %d: of %d of %d inputs fewer than %d directions are free and in use, of one %d; adapters there have that rank."
                            .formatted(
                                    task.task().index() + 1,
                                    lowered,
                                    memories(task.network()).inputs().size(),
                                    settings.rank(),
                                    least));
        }
    }

    @Override
    public List<Phase> afterTask(TaskContext task) {
        if (settings.downInit().remembers()) {
            double threshold =
                    settings.threshold(task.task().index(), task.planned().size());
            try (InputMoments moments = task.moments(all, settings.sites(), AFTER)) {
                for (InputMemories.Input input : memories(task.network()).inputs()) {
                    try (TensorScope scope = new TensorScope(task.network().runtime())) {
                        input.memory().learn(moments.mean(scope, input.first()), threshold);
                    }
                }
            }
        }
        alignment.learn(task, all);
        return alignment.phases();
    }

    private InputMemories memories(Network network) {
        InputMemories kept = memories;
        if (kept == null) {
            AdapterSettings adapters = network.bank().settings();
            kept = new InputMemories(network.runtime(), settings.rules(), adapters, network.shape());
            memories = kept;
        }
        return kept;
    }

    @Override
    public Inference inference() {
        return new Inference.Latest(all, true);
    }

    @Override
    public Map<String, Double> numbers() {
        InputMemories kept = memories;
        if (kept == null || !settings.downInit().remembers()) {
            return Map.of();
        }
        return Map.of(
                "basis_size", (double) kept.sum(SubspaceMemory::bases),
                "free_directions", (double) kept.sum(SubspaceMemory::free));
    }

    @Override
    public TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        if (memories != null && settings.downInit().remembers()) {
            bundle.putAll("memory.", memories.save());
        }
        bundle.putAll("", alignment.save());
        return bundle;
    }

    @Override
    public void restore(TensorBundle saved, Network network, List<LearningTask> learned) {
        all = network.bank().all();
        if (!saved.under("memory.").isEmpty()) {
            memories(network).restore(saved.under("memory."));
        }
        alignment.restore(network.runtime(), saved, learned);
    }

    @Override
    public void close() {
        alignment.close();
        if (memories != null) {
            memories.close();
        }
    }
}
