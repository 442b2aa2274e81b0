package dev.palimpsest.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Merges of views over a bank of adapters, against sums over plain arrays.
@Tag("engine")
class MergeIT {

    private static final int ADAPTERS = 3;
    private static final AdapterSite CHANGED = new AdapterSite(1, Site.FC2);

    private Backbone backbone;
    private Network network;

    @BeforeEach
    void open() {
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT64, 9);
        network = TinyNetworks.network(
                TestPrograms.RUNTIME,
                backbone,
                TinyNetworks.adapters(2, EnumSet.of(Site.K, Site.FC2)),
                4,
                NumericMode.FP64);
        TensorBundle drawn = new TensorBundle();
        for (int t = 0; t < ADAPTERS; t++) {
            network.bank().grow(t);
        }
        TensorBundle bank = network.bank().save();
        Random random = new Random(5);
        for (String name : bank.names()) {
            long[] shape = bank.get(name).shape();
            drawn.put(
                    name,
                    HostTensor.ofDoubles(
                            random.doubles(shape[0] * shape[1], -1, 1).toArray(), shape));
        }
        network.bank().restore(drawn, ADAPTERS);
    }

    @AfterEach
    void close() {
        network.close();
        backbone.close();
    }

    /// One adapter, counting `scale` at every site.
    private AdapterView only(int adapter, double scale, @Nullable DenseChange dense) {
        int depth = network.shape().depth();
        List<SiteValues> coefficients = new ArrayList<>();
        for (int j = 0; j <= adapter; j++) {
            coefficients.add(SiteValues.all(depth, j == adapter ? scale : 0));
        }
        return new AdapterView(coefficients, dense);
    }

    private List<AdapterView> sources() {
        return List.of(only(0, 0.5, null), only(1, 2, null), only(2, 1, null));
    }

    /// The weights of a view at a site without those of the backbone, in double.
    private double[] change(AdapterView view, AdapterSite site) {
        double[] with = weights(view, site);
        double[] without = weights(AdapterView.NONE, site);
        return IntStream.range(0, with.length)
                .mapToDouble(i -> with[i] - without[i])
                .toArray();
    }

    private double[] weights(AdapterView view, AdapterSite site) {
        VitShape shape = network.shape();
        int stack = site.matrix().stack();
        long size = (long) shape.out(stack) * shape.in(stack);
        long from = ((long) site.block() * Site.parts(stack) + site.matrix().part()) * size;
        List<Tensor> stacks = network.fold(view);
        try {
            return Arrays.copyOfRange(stacks.get(stack).doubles(), (int) from, (int) (from + size));
        } finally {
            stacks.forEach(Tensor::close);
        }
    }

    private static void assertNear(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat(actual[i]).as("entry %d", i).isCloseTo(expected[i], within(1e-12));
        }
    }

    private static double[] weighted(List<double[]> changes, List<Double> weights) {
        double[] total = new double[changes.getFirst().length];
        for (int j = 0; j < changes.size(); j++) {
            for (int i = 0; i < total.length; i++) {
                total[i] += weights.get(j) * changes.get(j)[i];
            }
        }
        return total;
    }

    private List<double[]> changes(List<AdapterView> sources, AdapterSite site) {
        return sources.stream().map(source -> change(source, site)).toList();
    }

    @Test
    void linearRulesAreCoefficientsOfTheBank() {
        for (AdapterSite site : List.of(new AdapterSite(0, Site.K), CHANGED)) {
            List<double[]> changes = changes(sources(), site);
            AdapterView sum = Merge.of(network, new MergeRule.Sum(3.5), sources(), 0);
            AdapterView average = Merge.of(network, new MergeRule.Average(), sources(), 0);
            AdapterView moving = Merge.of(network, new MergeRule.MovingAverage(0.3), sources(), 0);

            assertThat(List.of(sum, average, moving))
                    .allSatisfy(view -> assertThat(view.dense()).isNull());
            assertNear(change(sum, site), weighted(changes, List.of(3.5, 3.5, 3.5)));
            assertNear(change(average, site), weighted(changes, List.of(1.0 / 3, 1.0 / 3, 1.0 / 3)));
            assertNear(change(moving, site), weighted(changes, List.of(0.49, 0.21, 0.3)));
        }
    }

    @Test
    void coefficientZeroIsTheBackboneAlone() {
        assertThat(Merge.of(network, new MergeRule.Sum(0), sources(), 0).empty())
                .isTrue();
    }

    @Test
    void aSourceOfSeveralAdaptersCountsAsTheirSum() {
        AdapterView both = new AdapterView(List.of(SiteValues.all(2, 0.5), SiteValues.all(2, -1)));
        List<AdapterView> sources = List.of(both, only(2, 1, null));
        List<double[]> changes = changes(sources, CHANGED);

        assertNear(
                change(Merge.of(network, new MergeRule.Average(), sources, 0), CHANGED),
                weighted(changes, List.of(0.5, 0.5)));
        assertNear(merged(new MergeRule.MaxMagnitude(0.5), sources, CHANGED), largest(changes, 0.5));
    }

    private static double[] largest(List<double[]> changes, double coefficient) {
        return IntStream.range(0, changes.getFirst().length)
                .mapToDouble(i -> coefficient
                        * changes.stream()
                                .mapToDouble(change -> change[i])
                                .reduce(0, (a, b) -> Math.abs(b) >= Math.abs(a) ? b : a))
                .toArray();
    }

    private double[] merged(MergeRule rule, List<AdapterView> sources, AdapterSite site) {
        AdapterView view = Merge.of(network, rule, sources, 7);
        try (DenseChange dense = Objects.requireNonNull(view.dense())) {
            assertThat(view.coefficients())
                    .as("everything is in the dense change")
                    .isEmpty();
            return change(new AdapterView(List.of(), dense), site);
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void aSourceWithADenseChangeCountsWithItWhole(MergeRule rule) {
        try (DenseChange dense = TinyNetworks.change(network, 3)) {
            List<AdapterView> sources = List.of(only(0, 0.5, null), only(1, 2, dense));
            for (AdapterSite site : List.of(CHANGED, new AdapterSite(0, Site.K), new AdapterSite(0, Site.V))) {
                List<double[]> changes = changes(sources, site);
                AdapterView view = Merge.of(network, rule, sources, 7);
                double[] change = change(view, site);
                double[] expected = rule instanceof MergeRule.Sum(double coefficient)
                        ? weighted(changes, List.of(coefficient, coefficient))
                        : largest(changes, 1);

                assertNear(change, expected);
                Objects.requireNonNull(view.dense()).close();
            }
        }
    }

    static List<MergeRule> rules() {
        return List.of(new MergeRule.Sum(2), new MergeRule.MaxMagnitude(1));
    }

    @Test
    void sitesThatNobodyChangesStayOut() {
        AdapterView view = Merge.of(network, new MergeRule.Ties(0.5, 1), sources(), 0);
        try (DenseChange dense = Objects.requireNonNull(view.dense())) {
            assertThat(dense.sites())
                    .containsExactly(
                            new AdapterSite(0, Site.K),
                            new AdapterSite(0, Site.FC2),
                            new AdapterSite(1, Site.K),
                            CHANGED);
        }
        assertThat(Merge.of(network, new MergeRule.Ties(0.5, 1), List.of(AdapterView.NONE), 0)
                        .empty())
                .isTrue();
    }

    @Test
    void aRandomMixTakesEachEntryFromADrawnSource() {
        List<double[]> changes = changes(sources(), CHANGED);
        double[] mix = merged(new MergeRule.RandomMix(1), sources(), CHANGED);

        int[] taken = new int[ADAPTERS];
        for (int i = 0; i < mix.length; i++) {
            for (int j = 0; j < ADAPTERS; j++) {
                taken[j] += Math.abs(mix[i] - changes.get(j)[i]) < 1e-12 ? 1 : 0;
            }
        }
        double each = mix.length / (double) ADAPTERS;
        for (int count : taken) {
            assertThat((double) count).isCloseTo(each, within(5 * Math.sqrt(each)));
        }
        assertThat(Arrays.stream(taken).sum()).isEqualTo(mix.length);
    }

    @Test
    void dareDropsAShareOfEachSourceByItselfAndDividesTheRest() {
        List<AdapterView> one = List.of(only(0, 0.5, null));
        double[] change = change(one.getFirst(), CHANGED);
        double[] dropped = merged(new MergeRule.Dare(0.75, 1), one, CHANGED);

        long kept = 0;
        for (int i = 0; i < change.length; i++) {
            if (dropped[i] != 0) {
                kept++;
                assertThat(dropped[i]).as("entry %d", i).isCloseTo(4 * change[i], within(1e-12));
            }
        }
        double expected = change.length / 4.0;
        assertThat((double) kept).isCloseTo(expected, within(5 * Math.sqrt(expected)));
        List<AdapterView> twice = List.of(one.getFirst(), one.getFirst());
        assertThat(IntStream.range(0, change.length)
                        .mapToDouble(i -> merged(new MergeRule.Dare(0.5, 1), twice, CHANGED)[i] / change[i])
                        .limit(50)
                        .mapToLong(Math::round)
                        .distinct())
                .as("both kept, one of them, none")
                .contains(0L, 2L, 4L);
    }

    @Test
    void theSeedDecidesWhatIsDrawnAndEverySiteDrawsItsOwn() {
        MergeRule rule = new MergeRule.Dare(0.5, 1);
        List<AdapterView> one = List.of(only(0, 1, null));
        double[] drawn = merged(rule, one, CHANGED);

        assertThat(merged(rule, one, CHANGED)).isEqualTo(drawn);
        AdapterView other = Merge.of(network, rule, one, 8);
        try (DenseChange dense = Objects.requireNonNull(other.dense())) {
            assertThat(change(new AdapterView(List.of(), dense), CHANGED)).isNotEqualTo(drawn);
            boolean[] here = zeros(change(new AdapterView(List.of(), dense), CHANGED));
            boolean[] there = zeros(change(new AdapterView(List.of(), dense), new AdapterSite(0, Site.FC2)));
            assertThat(here).isNotEqualTo(there);
        }
    }

    private static boolean[] zeros(double[] values) {
        boolean[] zeros = new boolean[values.length];
        for (int i = 0; i < values.length; i++) {
            zeros[i] = Math.abs(values[i]) < 1e-12;
        }
        return zeros;
    }

    /// More equal magnitudes than any sort leaves in order by chance.
    @Test
    void ofEqualMagnitudesTiesKeepsThoseThatComeFirst() {
        int size = 3000;
        double[] equal = new double[size];
        for (int i = 0; i < size; i++) {
            equal[i] = i % 2 == 0 ? 2 : -2;
        }
        equal[size - 1] = 3;
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            double[] trimmed = TestPrograms.RUNTIME
                    .program()
                    .call(scope, "trimmed", scope.doubles(equal, 60, 50), 0.1001)
                    .doubles();

            for (int i = 0; i < size; i++) {
                boolean kept = i < 299 || i == size - 1;
                assertThat(trimmed[i]).as("entry %d", i).isEqualTo(kept ? equal[i] : 0 * equal[i]);
            }
        }
    }

    @Test
    void aMergeOfNothingIsRefused() {
        assertThatThrownBy(() -> Merge.of(network, new MergeRule.Average(), List.of(), 0))
                .hasMessage("a merge needs at least one source");
    }
}
