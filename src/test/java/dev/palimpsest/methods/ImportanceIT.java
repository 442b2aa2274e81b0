package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.palimpsest.memory.ImportanceScores;
import dev.palimpsest.methods.LoracIpc.Fidelity;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.torch.FloatMap;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Importance and what it freezes (`docs/methods/lorac-ipc.md` 4).
@Tag("engine")
class ImportanceIT {

    /// More than the averages remember.
    private static final int STEPS = 200;

    private static final double SLOW = 1e-4;

    @Test
    void theTripleOfTheSpecification() {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME);
                FloatMap f = FloatMap.of(Map.of("sensitivity_decay", 0.85, "uncertainty_decay", 0.85))) {
            Tensor sensitivity = scope.doubles(new double[1], 1);
            Tensor uncertainty = scope.doubles(new double[1], 1);
            try (TensorMap s =
                    TensorMap.of(Map.of("sensitivity", List.of(sensitivity), "uncertainty", List.of(uncertainty)))) {
                for (double value : new double[] {1, 2, 4}) {
                    List<Tensor> values = List.of(scope.doubles(new double[] {value}, 1));
                    TestPrograms.PROGRAM.run("smooth", s, f, values, scope.doubles(new double[] {0}));
                }
            }

            assertThat(sensitivity.number()).isCloseTo(0.963375, within(1e-12));
            assertThat(uncertainty.number()).isCloseTo(0.74810625, within(1e-12));
        }
    }

    @Test
    void theLastStepsPickTheSitesOfAllSteps() {
        try (TaskChain all = TaskChain.of(Fidelity.REFERENCE, 0.3, NumericMode.FP64);
                TaskChain last = TaskChain.of(Fidelity.CORRECTED, 0.3, NumericMode.FP64)) {
            int remembered = Objects.requireNonNull(lastSteps());
            // a loss that is nearly zero would leave nothing but rounding to be compared
            all.learn(STEPS, STEPS, SLOW);
            last.learn(STEPS, remembered, SLOW);

            double[] every = all.method().save().get("scores").doubles();
            double[] late = last.method().save().get("scores").doubles();
            assertThat(last.mask()).isEqualTo(all.mask());
            for (int i = 0; i < every.length; i++) {
                assertThat(Math.abs(late[i] - every[i]) / every[i])
                        .as("site %d", i)
                        .isLessThan(1e-6);
            }
            assertThat(remembered).isLessThan(STEPS);
        }
    }

    /// In how many steps the corrected behaviour collects.
    private static Integer lastSteps() {
        try (TaskChain chain = TaskChain.of(Fidelity.CORRECTED, 0.3, NumericMode.FP64)) {
            return Objects.requireNonNull(chain.next().collect()).lastSteps();
        }
    }

    @Test
    void nothingIsCollectedWhereNothingFreezes() {
        try (TaskChain chain = TaskChain.of(Fidelity.CORRECTED, 0, NumericMode.FP64)) {
            assertThat(chain.next().collect()).isNull();
        }
    }

    /// N sites, fraction, how many freeze.
    @ParameterizedTest
    @CsvSource({"12, 6, 0.05, 3", "12, 6, 0.1, 7", "12, 4, 0.05, 2", "12, 4, 0.1, 4", "10, 6, 0.05, 3", "10, 6, 0.1, 6"
    })
    void theFractionIsTakenOfAllSites(int blocks, int matrices, double fraction, int critical) {
        Set<Site> chosen = EnumSet.copyOf(List.of(Site.values()).subList(0, matrices));
        List<AdapterSite> sites = IntStream.range(0, blocks)
                .boxed()
                .flatMap(block -> chosen.stream().map(site -> new AdapterSite(block, site)))
                .toList();
        SiteValues free = SiteValues.of(12, site -> sites.contains(site) ? 1 : 0);
        SiteValues score =
                SiteValues.of(12, site -> 1 + site.block() + 0.1 * site.matrix().index());

        SiteValues mask =
                ImportanceScores.of(score, SiteValues.all(12, 1), free, sites).freeze(fraction, false);

        assertThat(sites.stream().filter(site -> mask.at(site) == 0)).hasSize(critical);
    }
}
