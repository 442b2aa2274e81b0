package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Classifier;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.NonFiniteException;
import dev.palimpsest.model.RidgeSums;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.support.StoredAnswers;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// On the backbone as it is; what the ridge is chosen by, and inputs that say little.
class FrozenRidgeIT extends ContinualMethodContract {

    private static final int WIDTH = 24;
    private static final int CLASSES = 6;

    @Override
    MethodSettings settings() {
        return new RandomProjectionRidge.Settings(600, null, RandomProjectionRidge.RidgeChoice.NEWEST_TASK, null);
    }

    @Override
    int adaptersAfter(int tasks) {
        return 0;
    }

    @Override
    boolean trains(int task) {
        return false;
    }

    /// A method with given features instead of pictures.
    private static final class Given implements AutoCloseable {

        private final Backbone backbone;
        private final Network network;
        private final RandomProjectionRidge method;

        Given(RandomProjectionRidge.Settings settings, NumericMode mode, int classes) {
            backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, mode.compute(), 9);
            network = TinyNetworks.network(TestPrograms.RUNTIME, backbone, TinyNetworks.adapters(1), classes, mode);
            method = new RandomProjectionRidge(settings);
        }

        static Given of(@Nullable Double ridge, RandomProjectionRidge.RidgeChoice choice) {
            return new Given(new RandomProjectionRidge.Settings(WIDTH, ridge, choice, null), NumericMode.FP32, CLASSES);
        }

        /// The ridge that the heads were solved with.
        double learn(LearningTask task, List<ClassFeatures> features) {
            method.afterTask(new RecordingTask(network, task, List.of(), features));
            return Objects.requireNonNull(method.numbers().get("ridge"));
        }

        double[] scores(double[] features) {
            try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                int count = features.length / TinyNetworks.WIDTH;
                return network.logits(scope, features, count, 16).doubles();
            }
        }

        @Override
        public void close() {
            method.close();
            network.close();
            backbone.close();
        }
    }

    private static ClassFeatures around(int position, int images, long seed) {
        Random random = new Random(seed);
        double[] rows = new double[images * TinyNetworks.WIDTH];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = random.nextGaussian() + (i % TinyNetworks.WIDTH == position ? 6 : 0);
        }
        return new ClassFeatures(position, rows, images, TinyNetworks.WIDTH);
    }

    private static List<ClassFeatures> task(int t, int images) {
        return Arrays.stream(TaskChain.task(t).classes())
                .mapToObj(position -> around(position, images, position))
                .toList();
    }

    private static double[] axes() {
        double[] rows = new double[CLASSES * TinyNetworks.WIDTH];
        for (int c = 0; c < CLASSES; c++) {
            rows[c * TinyNetworks.WIDTH + c] = 6;
        }
        return rows;
    }

    private static int[] best(double[] scores) {
        return IntStream.range(0, scores.length / CLASSES)
                .map(i -> IntStream.range(0, CLASSES)
                        .reduce((a, b) -> scores[i * CLASSES + b] > scores[i * CLASSES + a] ? b : a)
                        .orElseThrow())
                .toArray();
    }

    @ParameterizedTest
    @EnumSource(RandomProjectionRidge.RidgeChoice.class)
    void classesOfAllTasksAreKnownAfterTheLast(RandomProjectionRidge.RidgeChoice choice) {
        try (Given given = Given.of(null, choice)) {
            for (int t = 0; t < 3; t++) {
                given.learn(TaskChain.task(t), task(t, 40));
            }

            assertThat(best(given.scores(axes()))).containsExactly(0, 1, 2, 3, 4, 5);
        }
    }

    /// The adapter aside, the order of tasks is nothing but rounding.
    private static final VitShape SHAPE = new VitShape(32, 8, 2, 32, 4, 64);

    @Test
    void tasksInAnyOrderGiveTheSameHeads() {
        List<double[]> scores = new ArrayList<>();
        for (int[] order : new int[][] {{0, 1, 2}, {2, 0, 1}}) {
            try (Given given = Given.of(5.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS)) {
                given.network.project(WIDTH, 77);
                given.method.restore(
                        new TensorBundle()
                                .put("gram1", HostTensor.ofDoubles(new double[WIDTH * WIDTH], WIDTH, WIDTH))
                                .put("cross", HostTensor.ofDoubles(new double[CLASSES * WIDTH], CLASSES, WIDTH)),
                        given.network,
                        List.of(TaskChain.task(2)));
                for (int t : order) {
                    given.learn(TaskChain.task(t), task(t, 12));
                }
                scores.add(given.scores(axes()));
            }
        }

        double[] other = scores.getLast();
        for (int i = 0; i < other.length; i++) {
            // heads are fp32: two roundings of the same number are neighbours at most
            assertThat(scores.getFirst()[i]).isCloseTo(other[i], within(1e-5));
        }
    }

    @TestFactory
    Stream<DynamicTest> theChosenRidgeIsTheOneOfScikitLearnsBestHeads() {
        return StoredAnswers.of("ridge.json")
                .map(stored -> DynamicTest.dynamicTest(stored.get("name").stringValue(), () -> choose(stored)));
    }

    private static void choose(JsonNode stored) {
        int classes = stored.get("classes").intValue();
        double[] projection = StoredAnswers.numbers(stored.get("projection"));
        double[] features = StoredAnswers.numbers(stored.get("features"));
        double[] labels = StoredAnswers.numbers(stored.get("labels"));
        int width = projection.length / TinyNetworks.WIDTH;
        try (Given given = new Given(
                new RandomProjectionRidge.Settings(width, null, RandomProjectionRidge.RidgeChoice.ALL_TASKS, null),
                NumericMode.FP64,
                classes)) {
            given.network.restoreHeads(
                    new TensorBundle().put("projection", HostTensor.ofDoubles(projection, TinyNetworks.WIDTH, width)),
                    List.of());
            List<ClassFeatures> byClass = new ArrayList<>();
            for (int c = 0; c < classes; c++) {
                int position = c;
                double[] rows = IntStream.range(0, labels.length)
                        .filter(i -> labels[i] == position)
                        .boxed()
                        .flatMapToDouble(
                                i -> Arrays.stream(features, i * TinyNetworks.WIDTH, (i + 1) * TinyNetworks.WIDTH))
                        .toArray();
                byClass.add(new ClassFeatures(c, rows, rows.length / TinyNetworks.WIDTH, TinyNetworks.WIDTH));
            }
            try (RidgeSums none = new RidgeSums(given.network, (Classifier.Projected) given.network.classifier())) {
                given.method.restore(none.save(classes), given.network, List.of(TaskChain.task(0)));
            }

            assertThat(given.learn(TaskChain.task(0), byClass))
                    .isEqualTo(stored.get("chosen").doubleValue());
        }
    }

    @Test
    void oneImageAClassHoldsNothingOutAndTakesTheMeanOfTheDiagonal() {
        try (Given given = Given.of(null, RandomProjectionRidge.RidgeChoice.ALL_TASKS)) {
            double ridge = given.learn(TaskChain.task(0), task(0, 1));

            double expected = 0;
            try (RidgeSums again = new RidgeSums(given.network, (Classifier.Projected) given.network.classifier())) {
                again.restore(given.method.save());
                expected = again.meanSquare();
            }
            assertThat(ridge).isEqualTo(expected).isPositive();
            assertThat(best(given.scores(axes()))).startsWith(0, 1);
        }
    }

    @ParameterizedTest
    @EnumSource(RandomProjectionRidge.RidgeChoice.class)
    void featuresThatAreAllZeroGiveHeadsOfZeros(RandomProjectionRidge.RidgeChoice choice) {
        try (Given given = Given.of(null, choice)) {
            ClassFeatures dead = new ClassFeatures(0, new double[10 * TinyNetworks.WIDTH], 10, TinyNetworks.WIDTH);

            given.learn(TaskChain.task(0), List.of(dead));

            assertThat(given.scores(axes())).containsOnly(0);
        }
    }

    @ParameterizedTest
    @EnumSource(RandomProjectionRidge.RidgeChoice.class)
    void aTaskOfOneClassAndOneWithoutImagesAreLearned(RandomProjectionRidge.RidgeChoice choice) {
        try (Given given = Given.of(null, choice)) {
            given.learn(TaskChain.task(0), List.of(around(0, 20, 1)));
            given.learn(
                    TaskChain.task(1),
                    List.of(around(2, 20, 2), new ClassFeatures(3, new double[0], 0, TinyNetworks.WIDTH)));

            assertThat(best(given.scores(axes()))).startsWith(0).contains(2);
        }
    }

    @Test
    void domainsThatShareTheirLabelsAddUp() {
        double[] apart;
        double[] together;
        try (Given given = Given.of(2.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS)) {
            for (int domain = 0; domain < 3; domain++) {
                given.learn(TaskChain.task(0), List.of(around(0, 7, domain), around(1, 7, 10 + domain)));
            }
            apart = given.scores(axes());
        }
        try (Given given = Given.of(2.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS)) {
            List<ClassFeatures> all = new ArrayList<>();
            for (int position = 0; position < 2; position++) {
                for (int domain = 0; domain < 3; domain++) {
                    all.add(around(position, 7, 10 * position + domain));
                }
            }
            given.learn(TaskChain.task(0), all);
            together = given.scores(axes());
        }

        for (int i = 0; i < apart.length; i++) {
            assertThat(apart[i]).isCloseTo(together[i], within(1e-5));
        }
    }

    @Test
    void aRidgeThatIsTooSmallGrowsUntilTheMatrixIsPositiveDefiniteAndTheSeriesSaysSo() {
        try (Given given = Given.of(1e-300, RandomProjectionRidge.RidgeChoice.ALL_TASKS)) {
            double used = given.learn(TaskChain.task(0), task(0, 2));

            assertThat(used).isGreaterThan(1e-20).isLessThan(1);
            assertThat(Math.log10(used) % 1).isCloseTo(0, within(1e-6));
        }
    }

    @Test
    void sumsThatAreNotFiniteEndTheRun() {
        try (Given given = Given.of(1.0, RandomProjectionRidge.RidgeChoice.ALL_TASKS)) {
            double[] rows = new double[TinyNetworks.WIDTH];
            Arrays.fill(rows, 3e38);

            assertThatThrownBy(() ->
                            given.learn(TaskChain.task(0), List.of(new ClassFeatures(0, rows, 1, TinyNetworks.WIDTH))))
                    .isInstanceOf(NonFiniteException.class)
                    .hasMessageContaining("sums over projected features are not finite");
        }
    }

    @Test
    void whatDoesNotFitTheNetworkIsNamedByItsPlace() {
        var settings = new RandomProjectionRidge.Settings(
                10,
                null,
                RandomProjectionRidge.RidgeChoice.ALL_TASKS,
                new AdapterChoice(EnumSet.of(Site.Q), 9, 300, null));

        assertThat(settings.faults(new VitShape(32, 8, 2, 32, 4, 64)))
                .extracting(fault -> fault.param())
                .containsExactly("adaptation.block_count", "adaptation.rank");
    }

    @Test
    void whatItNeedsAtOnceGrowsWithTheSquareOfTheWidth() {
        var plain =
                new RandomProjectionRidge.Settings(10_000, 1.0, RandomProjectionRidge.RidgeChoice.NEWEST_TASK, null);
        var searched =
                new RandomProjectionRidge.Settings(10_000, null, RandomProjectionRidge.RidgeChoice.NEWEST_TASK, null);

        // two full matrices, and half of one for the sums: 2.5 * 8 * 10^8
        assertThat(plain.nativeNeed(SHAPE).bytes()).isBetween(2_000_000_000L, 2_030_000_000L);
        assertThat(searched.nativeNeed(SHAPE).bytes() - plain.nativeNeed(SHAPE).bytes())
                .isEqualTo(8 * RidgeSums.kept(10_000))
                .isBetween(400_000_000L, 425_000_000L);
    }
}
