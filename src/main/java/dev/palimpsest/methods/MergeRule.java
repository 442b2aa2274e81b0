package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.settings.Setting;
import java.util.Arrays;

/// How the changes that adapters make to a weight become one. Products `scale B A` are merged, never their factors;
/// the field `rule` chooses (`docs/methods/task-arithmetic.md` 4).
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "rule")
public sealed interface MergeRule {

    /// The factor of each change, in the order in which they were learned.
    ///
    /// @param count of the changes, at least 1
    double[] weights(int count);

    /// `coefficient * sum of all changes`.
    @JsonTypeName("sum")
    record Sum(
            @Setting(
                    min = 0,
                    max = 8,
                    defaultValue = "0.25",
                    value = "Factor on the sum of all changes; 0 is the pretrained backbone.")
            double coefficient)
            implements MergeRule {

        @Override
        public double[] weights(int count) {
            return filled(count, coefficient);
        }
    }

    /// The mean of all changes.
    @JsonTypeName("average")
    record Average() implements MergeRule {

        @Override
        public double[] weights(int count) {
            return filled(count, 1.0 / count);
        }
    }

    /// `M_1 = D_1`, then `M_t = M_(t-1) + alpha (D_t - M_(t-1))`: the first change whole, later ones over it.
    @JsonTypeName("moving_average")
    record MovingAverage(
            @Setting(exclusiveMin = 0, max = 1, defaultValue = "0.3", value = "Share of the newest change.")
            double alpha)
            implements MergeRule {

        @Override
        public double[] weights(int count) {
            double[] weights = new double[count];
            for (int j = 0; j < count; j++) {
                weights[j] = (j == 0 ? 1 : alpha) * Math.pow(1 - alpha, count - 1.0 - j);
            }
            return weights;
        }
    }

    private static double[] filled(int count, double each) {
        double[] weights = new double[count];
        Arrays.fill(weights, each);
        return weights;
    }
}
