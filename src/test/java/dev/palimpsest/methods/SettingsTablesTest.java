package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.VitShape;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the settings of a request become, number by number.
class SettingsTablesTest {

    private static final VitShape SHAPE = new VitShape(32, 8, 4, 32, 4, 64);

    @Test
    void adamBecomesItsNumbers() {
        OptimizerSettings adam = new OptimizerSettings.Adam(0.1, 0.2, 0.03, 0.8, 0.99, 1e-5);

        assertThat(adam.numbers(2.0)).isEqualTo(new OptimizerNumbers(0, 0.8, 0.99, 1e-5, 0.03, 0, 2));
        assertThat(adam.numbers(null)).isEqualTo(new OptimizerNumbers(0, 0.8, 0.99, 1e-5, 0.03, 0, 0));
    }

    @Test
    void adamWBecomesItsNumbers() {
        OptimizerSettings adamW = new OptimizerSettings.AdamW(0.1, 0.2, 0.03, 0.8, 0.99, 1e-5);

        assertThat(adamW.numbers(2.0)).isEqualTo(new OptimizerNumbers(1, 0.8, 0.99, 1e-5, 0.03, 0, 2));
        assertThat(adamW.numbers(null)).isEqualTo(new OptimizerNumbers(1, 0.8, 0.99, 1e-5, 0.03, 0, 0));
    }

    @Test
    void sgdBecomesItsNumbers() {
        OptimizerSettings sgd = new OptimizerSettings.Sgd(0.1, 0.2, 0.03, 0.7);

        assertThat(sgd.numbers(2.0)).isEqualTo(new OptimizerNumbers(2, 0, 0, 0, 0.03, 0.7, 2));
        assertThat(sgd.numbers(null)).isEqualTo(new OptimizerNumbers(2, 0, 0, 0, 0.03, 0.7, 0));
    }

    @Test
    void headsTrainAtTheirOwnRateOrThatOfTheAdapters() {
        assertThat(List.of(
                        new OptimizerSettings.Adam(0.1, 0.2, 0, 0.9, 0.999, 1e-8),
                        new OptimizerSettings.AdamW(0.1, 0.2, 0, 0.9, 0.999, 1e-8),
                        new OptimizerSettings.Sgd(0.1, 0.2, 0, 0.9)))
                .extracting(OptimizerSettings::headRate)
                .containsOnly(0.2);
        assertThat(List.of(
                        new OptimizerSettings.Adam(0.1, null, 0, 0.9, 0.999, 1e-8),
                        new OptimizerSettings.AdamW(0.1, null, 0, 0.9, 0.999, 1e-8),
                        new OptimizerSettings.Sgd(0.1, null, 0, 0.9)))
                .extracting(OptimizerSettings::headRate)
                .containsOnly(0.1);
    }

    @ParameterizedTest
    @CsvSource({"0, 1", "1, 1", "9, 10", "999, 1000"})
    void aConstantRateNeverChanges(int epoch, int epochs) {
        assertThat(new Schedule.Constant().rate(0.3, epoch, epochs)).isEqualTo(0.3);
    }

    /// PyTorch's CosineAnnealingLR: `min + (base - min) (1 + cos(pi e / E)) / 2`, here by the known cosines of 60, 90,
    /// 120, 45 and 30 degrees; base 0.9, least rate 0.1.
    @ParameterizedTest
    @CsvSource({
        "0, 0, 6, 0.9",
        "0, 2, 6, 0.7",
        "0, 3, 6, 0.5",
        "0, 4, 6, 0.3",
        "0, 1, 4, 0.78284271247461901",
        "0, 3, 4, 0.21715728752538099",
        "0, 1, 6, 0.84641016151377546",
        "0, 0, 1, 0.9",
        "1, 0, 6, 0.9",
        "1, 1, 6, 0.9",
        "1, 3, 6, 0.7",
        "1, 4, 6, 0.5",
        "1, 5, 6, 0.3",
        "1, 2, 4, 0.78284271247461901",
        "1, 0, 1, 0.9",
    })
    void aCosineFallsToItsLeastRate(int lag, int epoch, int epochs, double rate) {
        assertThat(new Schedule.Cosine(0.1, lag).rate(0.9, epoch, epochs)).isCloseTo(rate, within(1e-15));
    }

    /// PyTorch's MultiStepLR: `factor` once for each milestone that is reached.
    @ParameterizedTest
    @CsvSource({"0, 0.8", "1, 0.8", "2, 0.2", "3, 0.2", "4, 0.2", "5, 0.05", "6, 0.05", "9, 0.05"})
    void aStepFallsAtTheMilestoneItself(int epoch, double rate) {
        assertThat(new Schedule.Step(List.of(2, 5), 0.25).rate(0.8, epoch, 10)).isCloseTo(rate, within(1e-15));
        assertThat(new Schedule.Step(List.of(5, 2), 0.25).rate(0.8, epoch, 100)).isCloseTo(rate, within(1e-15));
    }

    @ParameterizedTest
    @CsvSource({"0, 0.08", "2, 0.06", "3, 0.04", "4, 0.02"})
    @SuppressWarnings("NullAway") // statistics without a runtime: nobody asks them
    void anAlignmentFallsOnACosineToZero(int epoch, double rate) {
        ClassStatistics statistics = new ClassStatistics(null, ClassStatistics.Kind.CENTROIDS, 1);

        assertThat(new Phase.Alignment(statistics, 6, 0.08, 0.9, 4, 2).rate(epoch))
                .isCloseTo(rate, within(1e-15));
    }

    @ParameterizedTest
    @CsvSource({"1, , 1", "2, , 0.5", "16, , 0.0625", "16, 1, 1", "16, 0.25, 0.25"})
    void theScaleIsOneOverTheRankUnlessGiven(int rank, @Nullable Double given, double scale) {
        AdapterSettings adapters = new AdapterChoice(EnumSet.allOf(Site.class), null, rank, given).on(SHAPE);

        assertThat(adapters.scale()).isEqualTo(scale);
        assertThat(adapters.rank()).isEqualTo(rank);
    }

    @Test
    void adaptersSitAtTheChosenMatricesOfTheChosenBlocks() {
        Set<Site> sites = EnumSet.of(Site.Q, Site.FC2);

        assertThat(new AdapterChoice(sites, null, 2, null).on(SHAPE))
                .isEqualTo(new AdapterSettings(2, sites, SHAPE.depth(), 0.5));
        assertThat(new AdapterChoice(sites, 3, 2, null).on(SHAPE)).isEqualTo(new AdapterSettings(2, sites, 3, 0.5));
    }

    @Test
    void everyMethodHandsItsAdaptersOn() {
        Set<Site> sites = EnumSet.of(Site.K, Site.OUT);
        AdapterChoice wanted = new AdapterChoice(sites, 3, 5, 0.75);

        assertThat(List.of(
                        new SequentialLora.Settings(new AdapterChoice(sites, 3, 5, 0.75), ClassScope.TASK, null),
                        new IncrementalLora.Settings(new AdapterChoice(sites, 3, 5, 0.75), ClassScope.TASK, null),
                        new LoracIpc.Settings(
                                LoracIpc.Fidelity.CORRECTED,
                                new AdapterChoice(sites, 3, 5, 0.75),
                                0.5,
                                1,
                                null,
                                0.05,
                                LoracIpc.CountOver.ALL_SITES,
                                0.85,
                                0.85,
                                null,
                                null)))
                .extracting(MethodSettings::adapters)
                .containsOnly(wanted);
    }

    @Test
    void aScopeIsTheTasksClassesOrAllSeen() {
        List<ClassRange> task = IntStream.range(0, 3)
                .mapToObj(t -> ClassScope.TASK.of(TaskChain.task(t)))
                .toList();
        List<ClassRange> seen = IntStream.range(0, 3)
                .mapToObj(t -> ClassScope.SEEN.of(TaskChain.task(t)))
                .toList();

        assertThat(task).containsExactly(new ClassRange(0, 2), new ClassRange(2, 2), new ClassRange(4, 2));
        assertThat(seen).containsExactly(new ClassRange(0, 2), new ClassRange(0, 4), new ClassRange(0, 6));
    }
}
