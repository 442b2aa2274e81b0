package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class MergeRuleTest {

    @Test
    void aSumCountsEveryChangeAlike() {
        assertThat(new MergeRule.Sum(0.25).weights(3)).containsExactly(0.25, 0.25, 0.25);
        assertThat(new MergeRule.Sum(0).weights(2)).containsExactly(0, 0);
    }

    @Test
    void anAverageIsOverTheTasksSoFar() {
        assertThat(new MergeRule.Average().weights(1)).containsExactly(1);
        assertThat(new MergeRule.Average().weights(4)).containsExactly(0.25, 0.25, 0.25, 0.25);
    }

    /// Of (8, 0), (0, 8), (0, 4) with alpha 0.5: (8, 0), then (4, 4), then (2, 4).
    @Test
    void aMovingAverageTakesTheFirstChangeWhole() {
        double[][] changes = {{8, 0}, {0, 8}, {0, 4}};
        double[][] merged = {{8, 0}, {4, 4}, {2, 4}};

        for (int count = 1; count <= 3; count++) {
            double[] weights = new MergeRule.MovingAverage(0.5).weights(count);
            double[] sum = new double[2];
            for (int j = 0; j < count; j++) {
                sum[0] += weights[j] * changes[j][0];
                sum[1] += weights[j] * changes[j][1];
            }
            assertThat(sum).containsExactly(merged[count - 1], within(1e-15));
        }
    }

    @Test
    void aMovingAverageOfTheWholeNewestIsTheNewestAlone() {
        assertThat(new MergeRule.MovingAverage(1).weights(3)).containsExactly(0, 0, 1);
        assertThat(new MergeRule.MovingAverage(1).weights(1)).containsExactly(1);
    }
}
