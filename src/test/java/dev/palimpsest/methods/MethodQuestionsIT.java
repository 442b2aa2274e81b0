package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.methods.LoracIpc.Fidelity;
import dev.palimpsest.methods.LoracIpc.TaskInference;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What each method asks of a task and says of it: recipes, views, seeds and what classifies, over three tasks.
///
/// Longer than 350 lines: one question or two for each method, and methods are told apart by what the others answer.
@Tag("engine")
class MethodQuestionsIT {

    private static final int TASKS = 3;

    /// Not one over the rank, at some matrices of one of two blocks: nothing is right by chance.
    private static final AdapterSettings ADAPTERS =
            new AdapterSettings(2, EnumSet.of(Site.Q, Site.K, Site.FC2), 1, 0.75);

    private static final AlignmentSettings ALIGNMENT =
            new AlignmentSettings(ClassStatistics.Kind.CENTROIDS, 1, 7, 0.02, 16);

    private final Set<ContinualMethod> methods = new HashSet<>();
    private Backbone backbone;
    private Network network;
    private SiteValues scales;

    /// What a method said and asked in one task.
    ///
    /// @param before seeds asked for before the task
    /// @param views asked for after it
    /// @param seeds asked for after it
    private record Told(
            TaskRecipe recipe,
            List<String> before,
            List<AdapterView> views,
            List<String> seeds,
            List<Phase> phases,
            Inference inference) {}

    @BeforeEach
    void open() {
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, 9);
        network = TinyNetworks.network(
                TestPrograms.RUNTIME, backbone, ADAPTERS, TASKS * TaskChain.CLASSES_A_TASK, NumericMode.FP32);
        int depth = network.shape().depth();
        scales = SiteValues.of(
                depth, site -> site.block() == 0 && ADAPTERS.sites().contains(site.matrix()) ? 0.75 : 0);
    }

    @AfterEach
    void close() {
        methods.forEach(ContinualMethod::close);
        methods.clear();
        network.close();
        backbone.close();
    }

    private List<Told> learn(ContinualMethod method) {
        return IntStream.range(0, TASKS).mapToObj(t -> learn(method, t)).toList();
    }

    private Told learn(ContinualMethod method, int t) {
        methods.add(method);
        RecordingTask task = new RecordingTask(network, TaskChain.task(t), omega(t));
        TaskRecipe recipe = method.beforeTask(task);
        List<String> before = task.seeds();
        assertThat(task.views()).as("features before a task").isEmpty();
        List<Phase> phases = method.afterTask(task);
        List<String> after = task.seeds().subList(before.size(), task.seeds().size());
        return new Told(recipe, before, task.views(), after, phases, method.inference());
    }

    /// What training leaves of the coefficients of earlier adapters.
    private List<SiteValues> omega(int t) {
        Random random = new Random(t);
        return IntStream.range(0, t)
                .mapToObj(_ -> SiteValues.of(network.shape().depth(), _ -> random.nextDouble()))
                .toList();
    }

    private AdapterView snapshot(int t) {
        List<SiteValues> coefficients = new ArrayList<>(omega(t));
        coefficients.add(SiteValues.all(network.shape().depth(), 1));
        return new AdapterView(coefficients.stream()
                .map(each -> each.map(value -> 0.75 * value))
                .toList());
    }

    @Test
    void loracIpcAsksForTheNewestAndTheFirstSnapshot() {
        assertThat(views(ALIGNMENT, new TaskInference(1)))
                .containsExactly(
                        List.of(snapshot(0)), List.of(snapshot(1), snapshot(0)), List.of(snapshot(2), snapshot(0)));
        assertThat(views(ALIGNMENT, null))
                .containsExactly(List.of(snapshot(0)), List.of(snapshot(1)), List.of(snapshot(2)));
        assertThat(views(null, new TaskInference(1)))
                .containsExactly(List.of(snapshot(0)), List.of(snapshot(0)), List.of(snapshot(0)));
        assertThat(views(null, null)).containsExactly(List.of(), List.of(), List.of());
    }

    private List<List<AdapterView>> views(@Nullable AlignmentSettings alignment, @Nullable TaskInference inference) {
        close();
        open();
        return learn(new LoracIpc(lorac(Fidelity.CORRECTED, 0.1, null, alignment, inference))).stream()
                .map(Told::views)
                .toList();
    }

    @Test
    void loracIpcAlignsOnTheNewestSnapshotAndInfersTasksByTheFirst() {
        LoracIpc method = new LoracIpc(lorac(Fidelity.CORRECTED, 0.1, null, ALIGNMENT, new TaskInference(1)));

        learn(method);

        TensorBundle saved = method.save();
        for (int t = 0; t < TASKS; t++) {
            for (int position : TaskChain.task(t).classes()) {
                String name = "task%d.class%d".formatted(t + 1, position);
                assertThat(axis(saved, "alignment." + name)).as(name).isEqualTo(t + 1);
                assertThat(axis(saved, "inference." + name)).as(name).isEqualTo(1);
            }
        }
    }

    /// Around which axis the mean of a class lies.
    private static int axis(TensorBundle saved, String name) {
        String mean = saved.names().stream()
                .filter(one -> one.startsWith(name + ".") && one.endsWith("mean"))
                .findFirst()
                .orElseThrow();
        double[] values = saved.get(mean).doubles();
        return IntStream.range(0, values.length)
                .reduce((a, b) -> values[a] >= values[b] ? a : b)
                .orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(Fidelity.class)
    void loracIpcClassifiesByTheSnapshotOfTheInferredTask(Fidelity fidelity) {
        LoracIpc method = new LoracIpc(lorac(fidelity, 0.1, null, null, new TaskInference(1)));

        for (int t = 0; t < TASKS; t++) {
            assertThat(learn(method, t).inference())
                    .isInstanceOfSatisfying(Inference.ByInferredTask.class, inference -> {
                        assertThat(inference.snapshots())
                                .containsExactlyElementsOf(
                                        IntStream.range(0, inference.snapshots().size())
                                                .mapToObj(this::snapshot)
                                                .toList());
                        assertThat(inference.masksUnseen()).isEqualTo(fidelity == Fidelity.CORRECTED);
                    });
        }
    }

    @Test
    void loracIpcWithoutTaskInferenceClassifiesByTheNewestSnapshot() {
        LoracIpc method = new LoracIpc(lorac(Fidelity.CORRECTED, 0.1, null, null, null));

        assertThat(learn(method))
                .extracting(Told::inference)
                .containsExactly(
                        new Inference.Latest(snapshot(0), true),
                        new Inference.Latest(snapshot(1), true),
                        new Inference.Latest(snapshot(2), true));
    }

    @Test
    void loracIpcTrainsItsOwnClassesAtTheRatesOfItsSettings() {
        List<Told> told = learn(new LoracIpc(lorac(Fidelity.CORRECTED, 0.1, 0.3, null, null)));

        Set<Part> later = EnumSet.of(Part.DOWN, Part.UP, Part.PAST_COEFFICIENTS, Part.HEADS);
        assertThat(told)
                .extracting(one -> one.recipe().trains())
                .containsExactly(EnumSet.of(Part.DOWN, Part.UP, Part.HEADS), later, later);
        assertThat(told).extracting(one -> one.recipe().scope()).containsExactlyElementsOf(scopes(ClassScope.TASK));
        assertThat(told)
                .extracting(one -> one.recipe().rates())
                .containsExactly(
                        new TaskRecipe.Rates(0.3, 0.25),
                        new TaskRecipe.Rates(null, 0.25),
                        new TaskRecipe.Rates(null, 0.25));
        assertThat(told)
                .flatExtracting(one -> one.recipe().terms())
                .extracting(term -> ((LossTerm.Orthogonality) term).weight())
                .containsExactly(0.5, 0.5, 0.5);
    }

    @Test
    void loracIpcCollectsImportanceWhereItCounts() {
        assertThat(collected(Fidelity.CORRECTED, 0.1))
                .isEqualTo(new TaskRecipe.Collect(new ImportanceCollection(0.8, 0.7, false), 160));
        assertThat(collected(Fidelity.CORRECTED, 0)).isNull();
        TaskRecipe.Collect always = new TaskRecipe.Collect(new ImportanceCollection(0.8, 0.7, true), Integer.MAX_VALUE);
        assertThat(collected(Fidelity.REFERENCE, 0.1)).isEqualTo(always);
        assertThat(collected(Fidelity.REFERENCE, 0)).isEqualTo(always);
    }

    private TaskRecipe.@Nullable Collect collected(Fidelity fidelity, double freezeFraction) {
        close();
        open();
        return learn(new LoracIpc(lorac(fidelity, freezeFraction, null, null, null)), 0)
                .recipe()
                .collect();
    }

    @ParameterizedTest
    @EnumSource(ClassScope.class)
    void oneAdapterTrainsAndClassifiesAtItsScale(ClassScope scope) {
        List<Told> told = learn(new SequentialLora(
                new SequentialLora.Settings(new AdapterChoice(ADAPTERS.sites(), 1, 2, 0.75), scope, ALIGNMENT)));

        AdapterView only = new AdapterView(List.of(scales));
        assertPlain(told, EnumSet.of(Part.DOWN, Part.UP, Part.HEADS), scope);
        assertThat(told)
                .extracting(Told::recipe)
                .extracting(TaskRecipe::view)
                .containsOnly(TrainingView.plain(AdapterView.NONE, scales));
        assertThat(told).extracting(Told::views).containsOnly(List.of(only));
        assertThat(told).extracting(Told::inference).containsOnly(new Inference.Latest(only, true));
        assertThat(told).extracting(Told::before).containsExactly(List.of("init 0"), List.of(), List.of());
        assertThat(network.bank().size()).isEqualTo(1);
    }

    @ParameterizedTest
    @EnumSource(ClassScope.class)
    void aFreshAdapterTrainsAboveAllOlderOnes(ClassScope scope) {
        List<Told> told = learn(new IncrementalLora(
                new IncrementalLora.Settings(new AdapterChoice(ADAPTERS.sites(), 1, 2, 0.75), scope, ALIGNMENT)));

        assertPlain(told, EnumSet.of(Part.DOWN, Part.UP, Part.HEADS), scope);
        for (int t = 0; t < TASKS; t++) {
            List<SiteValues> older = Stream.generate(() -> scales).limit(t).toList();
            List<SiteValues> all = Stream.generate(() -> scales).limit(t + 1L).toList();
            assertThat(told.get(t).recipe().view()).isEqualTo(TrainingView.plain(new AdapterView(older), scales));
            assertThat(told.get(t).views()).containsExactly(new AdapterView(all));
            assertThat(told.get(t).inference()).isEqualTo(new Inference.Latest(new AdapterView(all), true));
            assertThat(told.get(t).before()).containsExactly("init 0");
        }
    }

    @ParameterizedTest
    @EnumSource(ClassScope.class)
    void fullFineTuningTrainsTheBackboneAndAddsNothing(ClassScope scope) {
        List<Told> told = learn(new FullFineTuning(new FullFineTuning.Settings(scope, ALIGNMENT)));

        assertPlain(told, EnumSet.of(Part.BACKBONE, Part.HEADS), scope);
        assertThat(told).extracting(Told::views).containsOnly(List.of(AdapterView.NONE));
        assertThat(told).extracting(Told::inference).containsOnly(new Inference.Latest(AdapterView.NONE, true));
        assertThat(network.bank().size()).isZero();
    }

    @Test
    void nearestClassMeanTrainsNothingAndLooksAtTheBackbone() {
        List<Told> told = learn(new NearestClassMean());

        assertThat(told).extracting(one -> one.recipe().trains()).containsOnly(Set.of());
        assertThat(told).extracting(Told::views).containsOnly(List.of(AdapterView.NONE));
        assertThat(told).extracting(Told::inference).containsOnly(new Inference.Latest(AdapterView.NONE, true));
        assertThat(told).extracting(Told::phases).containsOnly(List.of());
    }

    @ParameterizedTest
    @EnumSource(RandomProjectionRidge.RidgeChoice.class)
    void ridgeTrainsItsAdapterInTheFirstTaskAndLooksThroughItEverAfter(RandomProjectionRidge.RidgeChoice choice) {
        List<Told> told = learn(new RandomProjectionRidge(
                new RandomProjectionRidge.Settings(40, null, choice, new AdapterChoice(ADAPTERS.sites(), 1, 2, 0.75))));

        AdapterView only = new AdapterView(List.of(scales));
        assertThat(told)
                .extracting(one -> one.recipe().trains())
                .containsExactly(EnumSet.of(Part.DOWN, Part.UP, Part.HEADS), Set.of(), Set.of());
        assertThat(told.getFirst().recipe().view()).isEqualTo(TrainingView.plain(AdapterView.NONE, scales));
        assertThat(told).extracting(Told::views).containsOnly(List.of(only));
        assertThat(told).extracting(Told::inference).containsOnly(new Inference.Latest(only, true));
        assertThat(told).extracting(Told::phases).containsOnly(List.of());
        assertThat(told).extracting(Told::before).containsExactly(List.of("init 0"), List.of(), List.of());
        boolean draws = choice == RandomProjectionRidge.RidgeChoice.NEWEST_TASK;
        assertThat(told)
                .extracting(Told::seeds)
                .containsExactly(
                        draws ? List.of("init 2", "sampling 0") : List.of("init 2"),
                        draws ? List.of("sampling 0") : List.of(),
                        draws ? List.of("sampling 0") : List.of());
        assertThat(network.bank().size()).isEqualTo(1);
    }

    @Test
    void ridgeWithoutAdaptationTrainsNothingAndLooksAtTheBackbone() {
        List<Told> told = learn(new RandomProjectionRidge(
                new RandomProjectionRidge.Settings(40, 1.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS, null)));

        assertThat(told).extracting(one -> one.recipe().trains()).containsOnly(Set.of());
        assertThat(told).extracting(Told::views).containsOnly(List.of(AdapterView.NONE));
        assertThat(network.bank().size()).isZero();
    }

    private static void assertPlain(List<Told> told, Set<Part> trains, ClassScope scope) {
        assertThat(told).extracting(one -> one.recipe().trains()).containsOnly(trains);
        assertThat(told).extracting(one -> one.recipe().scope()).containsExactlyElementsOf(scopes(scope));
        assertThat(told).extracting(one -> one.recipe().rates()).containsOnly(new TaskRecipe.Rates(null, 1));
        assertThat(told).extracting(one -> one.recipe().collect()).containsOnlyNulls();
    }

    /// Two classes a task.
    private static List<ClassRange> scopes(ClassScope scope) {
        return switch (scope) {
            case TASK -> List.of(new ClassRange(0, 2), new ClassRange(2, 2), new ClassRange(4, 2));
            case SEEN -> List.of(new ClassRange(0, 2), new ClassRange(0, 4), new ClassRange(0, 6));
        };
    }

    @ParameterizedTest
    @MethodSource("aligning")
    void headsAreAlignedAfterEveryTaskButTheFirst(MethodSettings settings) {
        List<Told> told = learn(ContinualMethods.create(settings));

        assertThat(told.getFirst().phases()).isEmpty();
        for (int t = 1; t < TASKS; t++) {
            int earlier = 2 * t;
            assertThat(told.get(t).phases()).singleElement().isInstanceOfSatisfying(Phase.Alignment.class, phase -> {
                assertThat(phase.epochs()).isEqualTo(7);
                assertThat(phase.learningRate()).isEqualTo(0.02);
                assertThat(phase.momentum()).isEqualTo(0.9);
                assertThat(phase.samplesPerStep()).isEqualTo(16);
                assertThat(phase.iterations()).isEqualTo(earlier);
            });
        }
    }

    @ParameterizedTest
    @MethodSource("aligning")
    void everyDrawOfATaskHasAPlaceOfItsOwn(MethodSettings settings) {
        for (Told one : learn(ContinualMethods.create(settings))) {
            assertThat(Stream.concat(one.before().stream(), one.seeds().stream()))
                    .doesNotHaveDuplicates()
                    .hasSizeGreaterThanOrEqualTo(TaskChain.CLASSES_A_TASK);
        }
    }

    static Stream<MethodSettings> aligning() {
        return Stream.of(
                lorac(Fidelity.CORRECTED, 0.1, null, ALIGNMENT, new TaskInference(1)),
                lorac(Fidelity.REFERENCE, 0.1, null, ALIGNMENT, null),
                new SequentialLora.Settings(
                        new AdapterChoice(ADAPTERS.sites(), 1, 2, 0.75), ClassScope.TASK, ALIGNMENT),
                new IncrementalLora.Settings(
                        new AdapterChoice(ADAPTERS.sites(), 1, 2, 0.75), ClassScope.TASK, ALIGNMENT),
                new FullFineTuning.Settings(ClassScope.TASK, ALIGNMENT));
    }

    private static LoracIpc.Settings lorac(
            Fidelity fidelity,
            double freezeFraction,
            @Nullable Double firstRate,
            @Nullable AlignmentSettings alignment,
            @Nullable TaskInference inference) {
        return new LoracIpc.Settings(
                fidelity,
                new AdapterChoice(ADAPTERS.sites(), 1, 2, 0.75),
                0.5,
                0.25,
                firstRate,
                freezeFraction,
                LoracIpc.CountOver.ALL_SITES,
                0.8,
                0.7,
                alignment,
                inference);
    }
}
