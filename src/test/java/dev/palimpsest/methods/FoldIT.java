package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.methods.LoracIpc.Fidelity;
import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is folded into the base, what stays live, and that both are the same network (`docs/engine.md` 3.3).
@Tag("engine")
class FoldIT {

    private static final int TASKS = 6;

    @ParameterizedTest
    @EnumSource(Fidelity.class)
    void theSnapshotAfterATaskIsTheNetworkThatTrained(Fidelity fidelity) {
        try (TaskChain chain = TaskChain.of(fidelity, 0.2, NumericMode.FP32)) {
            for (int t = 0; t < TASKS; t++) {
                double[] trained = chain.learn(3, 3);

                double[] snapshot = chain.scores(chain.snapshot());

                assertThat(TaskChain.distance(trained, snapshot) / TaskChain.largest(trained))
                        .as("task %d", t)
                        .isLessThan(1e-4);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Fidelity.class)
    void aFoldAfterARestoreHasTheBitsOfTheOneBefore(Fidelity fidelity) {
        try (TaskChain chain = TaskChain.of(fidelity, 0.2, NumericMode.FP32);
                TaskChain restored = TaskChain.of(fidelity, 0.2, NumericMode.FP32)) {
            for (int t = 0; t < TASKS - 1; t++) {
                chain.learn(3, 3);
            }
            restored.network().bank().restore(chain.network().bank().save(), TASKS - 1);
            restored.method().restore(chain.method().save(), restored.network(), chain.learned());

            AdapterView before = Objects.requireNonNull(chain.next().view()).folded();
            AdapterView after = Objects.requireNonNull(restored.next().view()).folded();

            assertThat(before.empty())
                    .as("something is folded at the last task")
                    .isFalse();
            assertThat(after).isEqualTo(before);
            assertThat(restored.features(after)).isEqualTo(chain.features(before));
        }
    }

    @ParameterizedTest
    @EnumSource(Fidelity.class)
    void aFrozenSiteNeverChangesAgain(Fidelity fidelity) {
        // a decay would move whatever is not held
        OptimizerNumbers decaying = new OptimizerNumbers(1, 0.9, 0.999, 1e-8, 0.1, 0, 1);
        try (TaskChain chain = new TaskChain(
                TaskChain.settings(fidelity, 0.2, EnumSet.allOf(Site.class)), NumericMode.FP32, decaying)) {
            chain.learn(3, 3);
            for (int t = 1; t < TASKS; t++) {
                SiteValues mask = chain.mask();
                TensorBundle bank = chain.method().save();
                chain.learn(3, 3);
                for (AdapterSite site : chain.network().bank().settings().all()) {
                    boolean gatedByQ = site.matrix() == Site.K && fidelity == Fidelity.REFERENCE;
                    if (mask.at(site) == 0 && !gatedByQ) {
                        String name = "blocks.%d.%s.up.task%d"
                                .formatted(site.block(), site.matrix().wire(), t + 1);
                        assertThat(chain.network().bank().save().get(name).doubles())
                                .as("new factor of %s", site)
                                .containsOnly(0);
                    }
                    if (mask.at(site) == 0) {
                        assertThat(row(chain.method().save(), t, t, site))
                                .as("coefficients of %s in task %d", site, t)
                                .isEqualTo(row(bank, t - 1, t, site));
                    }
                }
            }
        }
    }

    /// The coefficients of the first `count` adapters at a site in snapshot t.
    private static double[] row(TensorBundle saved, int t, int count, AdapterSite site) {
        HostTensor bank = saved.get("bank.task" + (t + 1));
        int sites = (int) (bank.shape()[1] * bank.shape()[2]);
        int place = site.block() * Site.values().length + site.matrix().index();
        return IntStream.range(0, count)
                .mapToDouble(j -> bank.doubles()[j * sites + place])
                .toArray();
    }

    @Test
    void aRunGoesOnWhenEverySiteIsFrozen() {
        try (TaskChain chain = TaskChain.of(Fidelity.CORRECTED, 1, NumericMode.FP32)) {
            chain.learn(3, 3);
            assertThat(chain.mask().zero()).isTrue();

            double[] trained = chain.learn(3, 3);

            assertThat(trained).doesNotContain(Double.NaN);
            assertThat(TaskChain.distance(trained, chain.scores(chain.snapshot())))
                    .isLessThan(1e-4);
        }
    }

    /// Block 0: nothing frozen; here each of q and k is frozen or not (`docs/methods/lorac-ipc.md` 2.5).
    @ParameterizedTest
    @EnumSource(Fidelity.class)
    void theFourCasesOfQAndK(Fidelity fidelity) {
        for (boolean q : List.of(true, false)) {
            for (boolean k : List.of(true, false)) {
                try (TaskChain chain = TaskChain.of(fidelity, 0, NumericMode.FP32)) {
                    chain.learn(1, 1);
                    force(chain, q, k);
                    TaskRecipe recipe = chain.next();
                    TrainingView view = Objects.requireNonNull(recipe.view());
                    TrainingView.Past past = Objects.requireNonNull(view.past());
                    double scale = 1.0 / TaskChain.RANK;
                    double gateOfK = fidelity == Fidelity.REFERENCE ? (q ? scale : 0) : (k ? scale : 0);

                    String what = "%s, q free %s, k free %s".formatted(fidelity, q, k);
                    assertThat(view.gate().at(0, Site.Q)).as(what).isEqualTo(q ? scale : 0);
                    assertThat(view.gate().at(0, Site.K)).as(what).isEqualTo(gateOfK);
                    assertThat(past.gate().at(0, Site.K)).as(what).isEqualTo(k ? scale : 0);
                    assertThat(((LossTerm.Orthogonality) recipe.terms().getFirst())
                                    .free()
                                    .at(0, Site.K))
                            .as(what)
                            .isEqualTo(k ? 1 : 0);
                    assertThat(view.folded().coefficients().getFirst().at(0, Site.K))
                            .as(what)
                            .isEqualTo(k ? 0 : scale);
                    assertThat(view.gate().at(1, Site.K)).as(what).isEqualTo(scale);
                }
            }
        }
    }

    private static void force(TaskChain chain, boolean q, boolean k) {
        SiteValues mask = SiteValues.of(chain.network().shape().depth(), site -> {
            boolean frozen = site.block() == 0 && ((site.matrix() == Site.Q && !q) || (site.matrix() == Site.K && !k));
            return frozen ? 0 : 1;
        });
        TensorBundle saved = chain.method().save();
        TensorBundle changed = new TensorBundle();
        for (String name : saved.names()) {
            HostTensor values = saved.get(name);
            changed.put(name, name.equals("mask") ? HostTensor.ofDoubles(mask.toArray(), values.shape()) : values);
        }
        chain.method().restore(changed, chain.network(), List.of());
    }
}
