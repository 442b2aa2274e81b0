package dev.palimpsest.memory;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.model.AdapterSite;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which sites freeze after a task: twelve sites of two blocks, scores from degenerate to ordinary.
class ImportanceScoresTest {

    private static final int SITES = 12;
    private static final SiteValues FREE = SiteValues.all(2, 1);
    private static final List<AdapterSite> ALL = Stream.of(0, 1)
            .flatMap(block -> Arrays.stream(Site.values()).map(matrix -> new AdapterSite(block, matrix)))
            .toList();

    private static ImportanceScores scores(SiteValues free, double... scores) {
        return ImportanceScores.of(SiteValues.ofArray(scores), SiteValues.all(2, 1), free, ALL);
    }

    private static double[] filled(double value) {
        double[] scores = new double[SITES];
        Arrays.fill(scores, value);
        return scores;
    }

    private static int frozen(SiteValues mask) {
        return (int) Arrays.stream(mask.toArray()).filter(value -> value == 0).count();
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -1})
    void scoresThatSayNothingFreezeNothing(double score) {
        for (double fraction : new double[] {0.05, 0.25, 1}) {
            for (boolean overFree : new boolean[] {false, true}) {
                assertThat(scores(FREE, filled(score)).freezeAtMost(fraction, overFree))
                        .isEqualTo(FREE);
            }
        }
    }

    @Test
    void thePublishedRuleFreezesEverySiteWhereAllScoresAreZero() {
        assertThat(frozen(scores(FREE, filled(0)).freeze(0.25, false))).isEqualTo(SITES);
    }

    @Test
    void ofEqualScoresAsManyFreezeAsAreToAndTheFirstOfTheNetworkDo() {
        SiteValues mask = scores(FREE, filled(0.5)).freezeAtMost(0.25, false);

        assertThat(mask.toArray()).startsWith(0, 0, 0, 1).endsWith(1);
        assertThat(frozen(mask)).isEqualTo(3);
        assertThat(scores(FREE, filled(0.5)).freezeAtMost(0.25, false)).isEqualTo(mask);
    }

    @Test
    void aTieAtTheCutTakesNoSiteMoreAndLeavesHigherScoresFrozen() {
        double[] scores = filled(0.5);
        scores[11] = 2;
        scores[0] = 0.1;

        double[] mask = scores(FREE, scores).freezeAtMost(0.25, false).toArray();

        assertThat(mask).containsExactly(1, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 0);
    }

    @Test
    void scoresThatSaySomethingFreezeAmongThoseThatDoNot() {
        double[] scores = filled(0);
        scores[4] = 1e-300;
        scores[5] = Double.NaN;
        scores[6] = Double.POSITIVE_INFINITY;

        double[] mask = scores(FREE, scores).freezeAtMost(0.25, false).toArray();

        assertThat(mask).containsExactly(1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1);
        assertThat(scores(FREE, scores).freezeAtMost(0.25, true))
                .as("a quarter of one site that counts is none")
                .isEqualTo(FREE);
    }

    /// Distinct, positive, finite scores, some sites frozen already, down to fewer free ones than are to freeze.
    @Test
    void ordinaryScoresFreezeAsThePublishedRuleDoes() {
        Random random = new Random(5);
        for (int round = 0; round < 200; round++) {
            SiteValues free = SiteValues.of(2, site -> random.nextDouble() < 0.6 ? 1 : 0);
            ImportanceScores ordinary =
                    scores(free, random.doubles(SITES, 0.1, 1).toArray());
            double fraction = random.nextDouble();
            for (boolean overFree : new boolean[] {false, true}) {
                assertThat(ordinary.freezeAtMost(fraction, overFree)).isEqualTo(ordinary.freeze(fraction, overFree));
            }
        }
    }
}
