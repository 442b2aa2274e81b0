package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.model.OptimizerNumbers;
import dev.palimpsest.settings.Setting;
import org.jspecify.annotations.Nullable;

/// The optimiser of a training phase. Rates are what the optimiser uses; nothing is scaled by the batch size.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
public sealed interface OptimizerSettings {

    double learningRate();

    @Nullable
    Double headLearningRate();

    double weightDecay();

    OptimizerNumbers numbers(@Nullable Double clipNorm);

    /// Rate of the heads: their own, or that of the adapters.
    default double headRate() {
        Double own = headLearningRate();
        return own == null ? learningRate() : own;
    }

    /// Whether the heads have another rate than the rest.
    default boolean ownHeadRate() {
        return headRate() != learningRate();
    }

    @JsonTypeName("adam")
    record Adam(
            @Setting(exclusiveMin = 0, value = "Learning rate of the adapters.")
            double learningRate,

            @Setting(
                    min = 0,
                    defaultValue = "null",
                    value = "Learning rate of the heads; null is that of the adapters, 0 leaves them as they start.")
            @Nullable
            Double headLearningRate,

            @Setting(min = 0, defaultValue = "0.0", value = "Weight decay, added to the gradient.")
            double weightDecay,

            @Setting(min = 0, exclusiveMax = 1, defaultValue = "0.9", value = "Decay of the first moment.")
            double beta1,

            @Setting(min = 0, exclusiveMax = 1, defaultValue = "0.999", value = "Decay of the second moment.")
            double beta2,

            @Setting(exclusiveMin = 0, defaultValue = "1e-8", value = "Added after the bias-corrected square root.")
            double epsilon)
            implements OptimizerSettings {
        @Override
        public OptimizerNumbers numbers(@Nullable Double clipNorm) {
            return new OptimizerNumbers(0, beta1, beta2, epsilon, weightDecay, 0, clip(clipNorm));
        }
    }

    @JsonTypeName("adamw")
    record AdamW(
            @Setting(exclusiveMin = 0, value = "Learning rate of the adapters.")
            double learningRate,

            @Setting(
                    min = 0,
                    defaultValue = "null",
                    value = "Learning rate of the heads; null is that of the adapters, 0 leaves them as they start.")
            @Nullable
            Double headLearningRate,

            @Setting(min = 0, defaultValue = "0.0", value = "Weight decay, decoupled from the gradient.")
            double weightDecay,

            @Setting(min = 0, exclusiveMax = 1, defaultValue = "0.9", value = "Decay of the first moment.")
            double beta1,

            @Setting(min = 0, exclusiveMax = 1, defaultValue = "0.999", value = "Decay of the second moment.")
            double beta2,

            @Setting(exclusiveMin = 0, defaultValue = "1e-8", value = "Added after the bias-corrected square root.")
            double epsilon)
            implements OptimizerSettings {
        @Override
        public OptimizerNumbers numbers(@Nullable Double clipNorm) {
            return new OptimizerNumbers(1, beta1, beta2, epsilon, weightDecay, 0, clip(clipNorm));
        }
    }

    @JsonTypeName("sgd")
    record Sgd(
            @Setting(exclusiveMin = 0, value = "Learning rate of the adapters.")
            double learningRate,

            @Setting(
                    min = 0,
                    defaultValue = "null",
                    value = "Learning rate of the heads; null is that of the adapters, 0 leaves them as they start.")
            @Nullable
            Double headLearningRate,

            @Setting(min = 0, defaultValue = "0.0", value = "Weight decay, added to the gradient.")
            double weightDecay,

            @Setting(min = 0, exclusiveMax = 1, defaultValue = "0.9", value = "Momentum.")
            double momentum)
            implements OptimizerSettings {
        @Override
        public OptimizerNumbers numbers(@Nullable Double clipNorm) {
            return new OptimizerNumbers(2, 0, 0, 0, weightDecay, momentum, clip(clipNorm));
        }
    }

    private static double clip(@Nullable Double clipNorm) {
        return clipNorm == null ? 0 : clipNorm;
    }
}
