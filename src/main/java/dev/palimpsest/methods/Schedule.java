package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import dev.palimpsest.settings.Setting;
import java.util.List;

/// The learning rate as a function of the epoch; constant within it.
///
/// `lag_epochs: 1` repeats the first epoch's rate, as two published codes do; 0 is the curve as it was meant.
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "name")
public sealed interface Schedule {

    /// Rate in an epoch.
    ///
    /// @param base of the first epoch
    /// @param epoch from 0
    double rate(double base, int epoch, int epochs);

    @JsonTypeName("constant")
    record Constant() implements Schedule {
        @Override
        public double rate(double base, int epoch, int epochs) {
            return base;
        }
    }

    /// `min + (base - min) (1 + cos(pi e / E)) / 2`.
    @JsonTypeName("cosine")
    record Cosine(
            @Setting(min = 0, defaultValue = "0.0", value = "Rate at the end of the curve.")
            double minLearningRate,

            @Setting(min = 0, max = 1, defaultValue = "0", value = "Epochs by which the curve is late.")
            int lagEpochs)
            implements Schedule {
        @Override
        public double rate(double base, int epoch, int epochs) {
            int place = Math.max(0, epoch - lagEpochs);
            return place == 0
                    ? base
                    : minLearningRate + 0.5 * (base - minLearningRate) * (1 + Math.cos(Math.PI * place / epochs));
        }
    }

    /// `base cos(99 pi e / (200 (E - 1)))`, InfLoRA's curve: the first quarter of a wave but its last hundredth, so
    /// that the last epoch still learns at 1.6 % of the base; late by an epoch it ends earlier on the curve. A
    /// single epoch is the first one and runs at the base.
    @JsonTypeName("quarter_cosine")
    record QuarterCosine(
            @Setting(min = 0, max = 1, defaultValue = "0", value = "Epochs by which the curve is late.")
            int lagEpochs) implements Schedule {
        @Override
        public double rate(double base, int epoch, int epochs) {
            int place = Math.max(0, epoch - lagEpochs);
            return place == 0 ? base : base * Math.cos(99 * Math.PI * place / (200.0 * (epochs - 1)));
        }
    }

    /// The rate times `factor` at each milestone.
    @JsonTypeName("step")
    record Step(
            @Setting(min = 1, minItems = 1, value = "Epochs, counted from 0, at which the rate falls.")
            List<Integer> milestones,

            @Setting(exclusiveMin = 0, exclusiveMax = 1, defaultValue = "0.1", value = "What it is multiplied with.")
            double factor)
            implements Schedule {
        public Step {
            milestones = List.copyOf(milestones);
        }

        @Override
        public double rate(double base, int epoch, int epochs) {
            long passed =
                    milestones.stream().filter(milestone -> milestone <= epoch).count();
            return base * Math.pow(factor, (double) passed);
        }
    }
}
