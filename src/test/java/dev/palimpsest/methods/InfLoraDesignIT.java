package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.settings.SettingRefusedException;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.support.Tensors;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingOutcome;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a task is given before it trains, and what is kept of it.
@Tag("engine")
class InfLoraDesignIT {

    private static final int WIDTH = TinyNetworks.WIDTH;
    private static final int RANK = 4;

    private static InfLora.Settings settings(InfLora.DownInit downInit, int rank, double threshold) {
        return new InfLora.Settings(
                Set.of(Site.K, Site.V),
                null,
                rank,
                InfLora.Memory.PLAIN,
                threshold,
                1,
                InfLora.Energy.SQUARED_EIGENVALUES,
                InfLora.Projection.LEFT,
                downInit,
                null);
    }

    /// A task without training, as a run that goes on from inside it would meet it or not.
    private static WatchedTask pass(SmallRun run, ContinualMethod method, int task, boolean resumed) {
        WatchedTask watched = new WatchedTask(run, task, resumed);
        method.beforeTask(watched);
        method.afterTask(watched);
        return watched;
    }

    private static double[] down(SmallRun run, Site site, int block, int task) {
        return run.network()
                .bank()
                .save()
                .get("blocks.%d.%s.down.task%d".formatted(block, site.wire(), task + 1))
                .doubles();
    }

    /// The largest entry of A F, the rows of A in one input and the protected directions of it.
    private static double inProtected(double[] down, TensorBundle saved, int block) {
        HostTensor basis = saved.get("memory.blocks.%d.kv.basis".formatted(block));
        double[] product = InfLoraGolden.product(down, basis.doubles(), WIDTH);
        return Arrays.stream(product).map(Math::abs).max().orElseThrow();
    }

    @Test
    void aTaskLooksAtItsInputsBeforeAndAfterAndAResumedOneAfterAlone() {
        InfLora.Settings settings = settings(InfLora.DownInit.PROJECTED, RANK, 0.95);
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings));
                InfLora method = new InfLora(settings)) {
            assertThat(pass(run, method, 0, false).passes()).containsExactly(0, 1);
            assertThat(pass(run, method, 1, true).passes()).containsExactly(1);
        }
    }

    @Test
    void bAndTheHeadsOfTheTaskTrain() {
        InfLora.Settings settings = settings(InfLora.DownInit.PROJECTED, RANK, 0.95);
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings))) {
            TaskRecipe recipe = run.method().beforeTask(new WatchedTask(run, 0, false));

            assertThat(recipe.trains()).containsExactlyInAnyOrder(Part.UP, Part.HEADS);
            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());
        }
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings))) {
            run.run(null);
            long up = 2L * run.network().shape().depth() * WIDTH * RANK;
            assertThat(run.events(TrainingEvent.TaskCompleted.class))
                    .extracting(TrainingEvent.TaskCompleted::trainableParameters)
                    .containsOnly(up + 2 * (WIDTH + 1));
            assertThat(run.events(TrainingEvent.TaskCompleted.class))
                    .allSatisfy(done -> assertThat(done.numbers()).containsOnlyKeys("basis_size", "free_directions"));
        }
    }

    @Test
    void keysAndValuesShareOrthogonalRowsBesideWhatEarlierTasksUse() {
        InfLora.Settings settings = settings(InfLora.DownInit.PROJECTED, RANK, 0.999);
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings))) {
            TensorBundle before = new TensorBundle();
            for (int task = 0; task < SmallRun.TASKS; task++) {
                WatchedTask watched = pass(run, run.method(), task, false);
                assertThat(watched.warnings()).isEmpty();
                for (int block = 0; block < run.network().shape().depth(); block++) {
                    double[] rows = down(run, Site.K, block, task);
                    assertThat(down(run, Site.V, block, task)).isEqualTo(rows);
                    double[] gram = InfLoraGolden.product(rows, InfLoraGolden.transposed(rows, WIDTH), WIDTH);
                    for (int i = 0; i < gram.length; i++) {
                        assertThat(gram[i]).isCloseTo(i % (RANK + 1) == 0 ? 1.0 / 3 : 0, within(1e-6));
                    }
                    if (task > 0) {
                        assertThat(inProtected(rows, before, block)).isLessThan(1e-6);
                    }
                }
                before = Tensors.copy(run.method().save());
            }
        }
    }

    /// B is zero.
    @Test
    void beforeItTrainsAModelIsThatOfTheTaskBefore() {
        InfLora.Settings settings = settings(InfLora.DownInit.PROJECTED, RANK, 0.95);
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings))) {
            run.run(null);
            AdapterView learned = run.network().bank().all();
            WatchedTask watched = new WatchedTask(run, 0, false);
            List<double[]> before = features(watched, learned);

            run.method().beforeTask(watched);

            AdapterView grown = run.network().bank().all();
            assertThat(grown.coefficients()).hasSize(SmallRun.TASKS + 1);
            assertThat(features(watched, grown)).usingRecursiveComparison().isEqualTo(before);
        }
    }

    private static List<double[]> features(WatchedTask task, AdapterView view) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return task.features(view).stream()
                    .map((ClassFeatures one) ->
                            one.rows().in(scope, 0, one.count()).doubles())
                    .toList();
        }
    }

    /// The threshold 1 protects everything that has energy; a layer norm leaves a direction without.
    @Test
    void whereDirectionsRunOutTheRankIsLowerAndAWarningSaysSo() {
        InfLora.Settings settings = settings(InfLora.DownInit.PROJECTED, RANK, 1);
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings))) {
            assertThat(pass(run, run.method(), 0, false).warnings()).isEmpty();
            WatchedTask second = pass(run, run.method(), 1, false);

            assertThat(second.warnings())
                    .singleElement()
                    .asString()
                    .startsWith("rank_lowered method.rank Task 2: of 2 of 2 inputs fewer than 4 directions");
            for (int block = 0; block < run.network().shape().depth(); block++) {
                double[] rows = down(run, Site.K, block, 1);
                assertThat(Arrays.copyOfRange(rows, rows.length - WIDTH, rows.length))
                        .containsOnly(0);
            }
        }
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings))) {
            assertThat(run.run(null)).isEqualTo(new TrainingOutcome.Completed());
            assertThat(run.events(TrainingEvent.Warned.class))
                    .extracting(TrainingEvent.Warned::code)
                    .contains("rank_lowered");
        }
    }

    @ParameterizedTest
    @EnumSource(InfLora.DownInit.class)
    void theRowsOfAnAblationAreWhatItsNameSays(InfLora.DownInit downInit) {
        InfLora.Settings settings = settings(downInit, RANK, 0.999);
        try (SmallRun run = new SmallRun(SmallRun.Options.of(settings))) {
            pass(run, run.method(), 0, false);
            TensorBundle before = Tensors.copy(run.method().save());
            WatchedTask second = pass(run, run.method(), 1, false);

            assertThat(second.passes())
                    .isEqualTo(Stream.of(0, 1)
                            .filter(pass -> pass == 0 ? downInit.looksAtInputs() : downInit.remembers())
                            .toList());
            double[] rows = down(run, Site.K, 1, 1);
            double length = Math.sqrt(Arrays.stream(rows).map(x -> x * x).sum());
            assertThat(length).isPositive();
            assertThat(before.isEmpty()).isEqualTo(!downInit.remembers());
            if (downInit.remembers()) {
                assertThat(inProtected(rows, before, 1)).isLessThan(1e-6);
            }
            if (downInit == InfLora.DownInit.RANDOM) {
                assertThat(Arrays.stream(rows)).allMatch(x -> Math.abs(x) <= 1 / Math.sqrt(WIDTH));
            }
            if (downInit.looksAtInputs()) {
                assertThat(length).isCloseTo(Math.sqrt(RANK / 3.0), within(1e-6));
            }
        }
    }

    @Test
    void thresholdsRiseOverTheTasks() {
        InfLora.Settings settings = settings(InfLora.DownInit.PROJECTED, RANK, 0.9);

        assertThat(new double[] {
                    settings.threshold(0, 10),
                    settings.threshold(1, 10),
                    settings.threshold(2, 10),
                    settings.threshold(3, 10)
                })
                .containsExactly(new double[] {0.90, 0.91, 0.92, 0.93}, within(1e-15));
    }

    @Test
    void energiesWithoutATotalAreRefusedAndSoIsAThresholdThatFalls() {
        assertThatExceptionOfType(SettingRefusedException.class)
                .isThrownBy(() -> InfLoraIT.settings(
                        Set.of(Site.K),
                        InfLora.Memory.DUAL,
                        InfLora.Energy.EIGENVALUES,
                        InfLora.Projection.LEFT,
                        InfLora.DownInit.PROJECTED,
                        null))
                .withMessageContaining("energy must be squared_eigenvalues with projection left");
        assertThatExceptionOfType(SettingRefusedException.class)
                .isThrownBy(() -> new InfLora.Settings(
                        Set.of(Site.K),
                        null,
                        RANK,
                        InfLora.Memory.DUAL,
                        0.95,
                        0.9,
                        InfLora.Energy.SQUARED_EIGENVALUES,
                        InfLora.Projection.LEFT,
                        InfLora.DownInit.PROJECTED,
                        null))
                .withMessageContaining("energy_threshold_end must be at least energy_threshold_start, 0.95, got 0.9");
    }
}
