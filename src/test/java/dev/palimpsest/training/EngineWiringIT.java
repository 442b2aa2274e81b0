package dev.palimpsest.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.FullFineTuning;
import dev.palimpsest.methods.IncrementalLora;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.SequentialLora;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.NonFiniteException;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What a recipe and its settings say reaches the steps, and what the steps learned reaches the network that is
/// measured.
///
/// Longer than 350 lines: the wiring faults of `src/bench/mutants.txt` are looked for here, each beside what it is told
/// apart from.
@Tag("engine")
class EngineWiringIT {

    private static final double RATE = 0.01;
    private static final OptimizerSettings PLAIN_SGD = new OptimizerSettings.Sgd(RATE, null, 0, 0);

    /// Of several methods, each trained by a session of its own.
    static Stream<MethodSettings> training() {
        return Stream.of(
                new FullFineTuning.Settings(ClassScope.TASK, null),
                new SequentialLora.Settings(
                        new AdapterChoice(EnumSet.allOf(Site.class), null, 2, null), ClassScope.TASK, null),
                new IncrementalLora.Settings(
                        new AdapterChoice(EnumSet.of(Site.Q, Site.FC2), 1, 2, 0.7), ClassScope.TASK, null),
                lorac(0.2, null));
    }

    private static LoracIpc.Settings lorac(double freezeFraction, LoracIpc.@Nullable TaskInference inference) {
        return new LoracIpc.Settings(
                LoracIpc.Fidelity.CORRECTED,
                new AdapterChoice(EnumSet.allOf(Site.class), null, 2, null),
                0.1,
                1,
                null,
                freezeFraction,
                LoracIpc.CountOver.ALL_SITES,
                0.85,
                0.85,
                null,
                inference);
    }

    /// Weights after steps on the same images, beginning with those before the first.
    private static List<double[]> weights(
            MethodSettings method, OptimizerSettings optimizer, @Nullable Double clipNorm, int steps) {
        TrainingSettings training = WiredEngine.training(optimizer, clipNorm);
        try (WiredEngine engine = new WiredEngine(method)) {
            TaskRecipe recipe = engine.begin(0, training);
            double[] before = engine.weights();
            for (int i = 0; i < steps; i++) {
                engine.step(RATE);
            }
            engine.finish();
            assertThat(recipe.trains()).isNotEmpty();
            return List.of(before, engine.weights());
        }
    }

    private static double[] change(List<double[]> weights) {
        return difference(weights.getLast(), weights.getFirst());
    }

    private static double[] difference(double[] a, double[] b) {
        return IntStream.range(0, a.length).mapToDouble(i -> a[i] - b[i]).toArray();
    }

    private static double[] times(double factor, double[] values) {
        return Arrays.stream(values).map(value -> factor * value).toArray();
    }

    private static double largest(double[] values) {
        return Arrays.stream(values).map(Math::abs).max().orElse(0);
    }

    /// Within what fp32 weights of about one lose.
    private static void assertSame(double[] found, double[] wanted) {
        assertThat(largest(wanted)).as("something changes").isGreaterThan(1e-5);
        assertThat(largest(difference(found, wanted))).isLessThan(1e-3 * largest(wanted) + 3e-7);
    }

    @ParameterizedTest
    @MethodSource("training")
    void aGradientBeyondTheBoundIsCut(MethodSettings method) {
        double norm;
        try (WiredEngine engine = new WiredEngine(method)) {
            engine.begin(0, WiredEngine.training(PLAIN_SGD, null));
            norm = engine.step(RATE).gradientNorm();
        }

        double[] whole = change(weights(method, PLAIN_SGD, null, 1));

        assertSame(change(weights(method, PLAIN_SGD, norm / 4, 1)), times(0.25, whole));
        assertSame(change(weights(method, PLAIN_SGD, norm * 4, 1)), whole);
    }

    /// The second step goes by the second gradient and nine tenths of the first one.
    @ParameterizedTest
    @MethodSource("training")
    void momentumReachesTheOptimiser(MethodSettings method) {
        OptimizerSettings momentum = new OptimizerSettings.Sgd(RATE, null, 0, 0.9);
        double[] first = change(weights(method, PLAIN_SGD, null, 1));
        double[] without = change(weights(method, PLAIN_SGD, null, 2));

        double[] with = change(weights(method, momentum, null, 2));

        assertSame(difference(with, without), times(0.9, first));
    }

    @Test
    void decayReachesTheOptimiser() {
        double[] decayed = times(-0.5 * RATE, afterOneStep(null));

        assertSame(decay(rate -> new OptimizerSettings.Sgd(RATE, null, rate, 0)), decayed);
        assertSame(decay(rate -> new OptimizerSettings.AdamW(RATE, null, rate, 0.9, 0.999, 1e-8)), decayed);
        double[] adam = decay(rate -> new OptimizerSettings.Adam(RATE, null, rate, 0.9, 0.999, 1e-8));
        assertThat(largest(difference(adam, decayed)))
                .as("through Adam's moments a number without another gradient moves by the whole rate")
                .isBetween(0.5 * RATE, 2 * RATE);
    }

    /// What a decay of one half changes in the first step.
    private static double[] decay(DoubleFunction<OptimizerSettings> optimizer) {
        return difference(afterOneStep(optimizer.apply(0.5)), afterOneStep(optimizer.apply(0)));
    }

    /// What trains in the first task of one adapter, after a step or before it.
    private static double[] afterOneStep(@Nullable OptimizerSettings optimizer) {
        MethodSettings method =
                new SequentialLora.Settings(new AdapterChoice(Set.of(Site.Q), null, 2, null), ClassScope.TASK, null);
        try (WiredEngine engine = new WiredEngine(method)) {
            engine.begin(0, WiredEngine.training(optimizer == null ? PLAIN_SGD : optimizer, null));
            if (optimizer != null) {
                engine.step(RATE);
                engine.finish();
            }
            return DoubleStream.concat(Arrays.stream(engine.adapters()), Arrays.stream(engine.heads(0, 2)))
                    .toArray();
        }
    }

    @ParameterizedTest
    @EnumSource(ClassScope.class)
    void onlyHeadsInTheScopeTrain(ClassScope scope) {
        for (MethodSettings method : List.of(
                new FullFineTuning.Settings(scope, null),
                new SequentialLora.Settings(new AdapterChoice(Set.of(Site.V), null, 2, null), scope, null),
                new IncrementalLora.Settings(new AdapterChoice(Set.of(Site.V), null, 2, null), scope, null))) {
            try (WiredEngine engine = new WiredEngine(method)) {
                engine.begin(1, WiredEngine.training(PLAIN_SGD, null));
                List<double[]> before = heads(engine);
                engine.step(RATE);
                engine.finish();
                List<double[]> after = heads(engine);

                List<Boolean> moved = IntStream.range(0, WiredEngine.TASKS)
                        .mapToObj(t -> !Arrays.equals(before.get(t), after.get(t)))
                        .toList();
                assertThat(moved).as("%s", method).containsExactly(scope == ClassScope.SEEN, true, false);
            }
        }
    }

    private static List<double[]> heads(WiredEngine engine) {
        return IntStream.range(0, WiredEngine.TASKS)
                .mapToObj(t -> engine.heads(2 * t, 2))
                .toList();
    }

    @Test
    void eachGroupMovesAtItsOwnRate() {
        assertThat(moved(new StepRates(1, 0, 0))).isEqualTo("adapters");
        assertThat(moved(new StepRates(0, 1, 0))).isEqualTo("coefficients");
        assertThat(moved(new StepRates(0, 0, 1))).isEqualTo("heads");
    }

    /// What a step of the second task moves.
    private static String moved(StepRates rates) {
        try (WiredEngine engine = new WiredEngine(lorac(0, null))) {
            TrainingSettings training = WiredEngine.training(PLAIN_SGD, null);
            engine.begin(0, training);
            IntStream.range(0, 5).forEach(_ -> engine.step(0.5)); // B must be large enough for its coefficient
            engine.finish();
            engine.begin(1, training);
            double[] adapters = engine.adapters();
            double[] heads = engine.heads(0, WiredEngine.CLASSES);
            engine.step(rates, false);
            SessionResult.OfAdapter result = (SessionResult.OfAdapter) engine.finish();
            SiteValues ones = result.omega().getFirst().map(_ -> 1);
            return Stream.of(
                            Arrays.equals(adapters, engine.adapters()) ? "" : "adapters",
                            result.omega().equals(List.of(ones)) ? "" : "coefficients",
                            Arrays.equals(heads, engine.heads(0, WiredEngine.CLASSES)) ? "" : "heads")
                    .filter(what -> !what.isEmpty())
                    .collect(Collectors.joining(", "));
        }
    }

    @Test
    void importanceIsThatOfTheCollectingSteps() {
        SessionResult.OfAdapter none = collected(lorac(0.2, null), false);
        SessionResult.OfAdapter some = collected(lorac(0.2, null), true);

        assertThat(none.sensitivity().toArray()).containsOnly(0);
        assertThat(none.uncertainty().toArray()).containsOnly(0);
        assertThat(Arrays.stream(some.sensitivity().toArray())).allMatch(value -> value > 0);
        assertThat(Arrays.stream(some.uncertainty().toArray())).allMatch(value -> value > 0);
    }

    private static SessionResult.OfAdapter collected(MethodSettings method, boolean collect) {
        try (WiredEngine engine = new WiredEngine(method)) {
            engine.begin(0, WiredEngine.training(PLAIN_SGD, null));
            engine.step(new StepRates(RATE, RATE, RATE), collect);
            return (SessionResult.OfAdapter) engine.finish();
        }
    }

    /// Training goes on from the network as it was finished: nothing that was learned is thrown away.
    @ParameterizedTest
    @MethodSource("training")
    void aSessionBeginsWhereTheOneBeforeEnded(MethodSettings method) {
        TrainingSettings training = WiredEngine.training(PLAIN_SGD, null);
        try (WiredEngine engine = new WiredEngine(method)) {
            TaskRecipe recipe = engine.begin(0, training);
            double first = engine.step(RATE).loss();
            double before = engine.step(0).loss();
            engine.finish();

            engine.begin(recipe, training);

            assertThat(before).isNotCloseTo(first, within(1e-3));
            assertThat(engine.step(0).loss()).isEqualTo(before);
        }
    }

    /// The images of a task are as often right by the weights that train as they are measured right afterwards.
    @ParameterizedTest
    @MethodSource("training")
    void whatIsMeasuredIsWhatTrained(MethodSettings method) {
        OptimizerSettings adam = new OptimizerSettings.Adam(RATE, null, 0, 0.9, 0.999, 1e-8);
        try (WiredEngine engine = new WiredEngine(method)) {
            engine.begin(0, WiredEngine.training(adam, 1.0));
            int untrained = engine.step(RATE).correct();
            for (int i = 0; i < 12; i++) {
                engine.step(RATE);
            }
            StepTally trained = engine.step(0);
            engine.finish();

            MeasuredRow row = engine.engine()
                    .evaluate(engine.method().inference(), trainingImages(engine), EvaluationData.VALIDATION);

            assertThat(trained.correct()).as("it learns").isGreaterThan(untrained);
            assertThat(row.testImages()).containsExactly(WiredEngine.IMAGES);
            assertThat(row.correct().get(Measure.TOP1)).containsExactly(trained.correct());
        }
    }

    /// The first task, its training images in the place of those for validation.
    private static List<LearningTask> trainingImages(WiredEngine engine) {
        LearningTask task = engine.tasks().getFirst();
        return List.of(new LearningTask(
                task.index(),
                task.name(),
                task.classes(),
                task.labelRows(),
                task.labels(),
                task.firstClass(),
                task.classCount(),
                task.train(),
                task.train(),
                task.test()));
    }

    @ParameterizedTest
    @MethodSource("measuring")
    void everyKindOfImageIsTakenFromItsOwnSource(MethodSettings method) {
        try (WiredEngine engine = new WiredEngine(method)) {
            engine.begin(0, WiredEngine.training(PLAIN_SGD, null));
            assertThat(engine.trainRows())
                    .isEqualTo(rows(engine.tasks().getFirst().train()));
            engine.finish();
            engine.trainRows();
            List<LearningTask> learned = engine.tasks().subList(0, 1);

            MeasuredRow validation =
                    engine.engine().evaluate(engine.method().inference(), learned, EvaluationData.VALIDATION);

            assertThat(engine.trainRows()).isEqualTo(rows(learned.getFirst().validation()));
            assertThat(engine.testRows()).isEmpty();
            assertThat(validation.testImages()).containsExactly(4);

            MeasuredRow test = engine.engine().evaluate(engine.method().inference(), learned, EvaluationData.TEST);

            assertThat(engine.testRows()).isEqualTo(rows(learned.getFirst().test()));
            assertThat(engine.trainRows()).isEmpty();
            assertThat(test.testImages()).containsExactly(10);
        }
    }

    /// With and without features that are kept for the next measurement.
    static Stream<MethodSettings> measuring() {
        return Stream.concat(training(), Stream.of(lorac(0.2, new LoracIpc.TaskInference(1))));
    }

    private static Set<Integer> rows(int[] rows) {
        return Arrays.stream(rows).boxed().collect(Collectors.toSet());
    }

    @Test
    void theAdaptersOfARunAreDrawnEachForItself() {
        try (WiredEngine engine = new WiredEngine(
                new IncrementalLora.Settings(new AdapterChoice(Set.of(Site.Q), 1, 2, null), ClassScope.TASK, null))) {
            for (int t = 0; t < WiredEngine.TASKS; t++) {
                engine.begin(t, WiredEngine.training(PLAIN_SGD, null));
                engine.finish();
            }

            List<String> drawn = IntStream.range(0, WiredEngine.TASKS)
                    .mapToObj(t -> Arrays.toString(engine.adapter("blocks.0.q.down.task" + (t + 1))))
                    .toList();
            assertThat(drawn).doesNotHaveDuplicates();
        }
    }

    @Test
    void momentsAreOverAllImagesOfTheTaskWithDrawsOfTheirOwn() {
        Set<Site> sites = Set.of(Site.V);
        AdapterSite site = new AdapterSite(0, Site.V);
        List<Integer> batches = new ArrayList<>();
        try (WiredEngine engine = new WiredEngine(lorac(0.2, null))) {
            engine.begin(0, WiredEngine.training(PLAIN_SGD, null));
            long open = TestPrograms.RUNTIME.openTensors();
            try (InputMoments moments = engine.engine().moments(AdapterView.NONE, sites, batch -> {
                        batches.add(batch);
                        return batch;
                    });
                    InputMoments again = engine.engine().moments(AdapterView.NONE, sites, batch -> batch);
                    TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                assertThat(moments.rows(site))
                        .isEqualTo((long) WiredEngine.IMAGES
                                * engine.engine().shape().tokens());
                assertThat(again.mean(scope, site).doubles())
                        .isEqualTo(moments.mean(scope, site).doubles());
            }
            int chunk = engine.engine().network().chunk();
            assertThat(batches)
                    .isEqualTo(IntStream.range(0, (WiredEngine.IMAGES + chunk - 1) / chunk)
                            .boxed()
                            .toList());
            assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(open);
        }
    }

    @Test
    void momentsThatAreNotFiniteAreRefused() {
        MethodSettings method =
                new IncrementalLora.Settings(new AdapterChoice(Set.of(Site.V), null, 2, 1e30), ClassScope.TASK, null);
        try (WiredEngine engine = new WiredEngine(method)) {
            engine.begin(0, WiredEngine.training(PLAIN_SGD, null));
            TensorBundle saved = engine.engine().network().bank().save();
            TensorBundle large = new TensorBundle();
            for (String name : saved.names()) {
                double[] values = saved.get(name).doubles();
                Arrays.fill(values, 1e30);
                large.put(name, HostTensor.ofDoubles(values, saved.get(name).shape()));
            }
            engine.engine().network().bank().restore(large, 1);
            AdapterView view = engine.engine().network().bank().all();
            long open = TestPrograms.RUNTIME.openTensors();

            assertThatExceptionOfType(NonFiniteException.class)
                    .isThrownBy(() -> engine.engine().moments(view, Set.of(Site.V), batch -> batch))
                    .withMessageContaining("inputs of the adapted matrices");
            assertThat(TestPrograms.RUNTIME.openTensors()).isEqualTo(open);
        }
    }
}
