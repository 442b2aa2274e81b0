package dev.palimpsest.methods;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.settings.Setting;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Classifier alignment in the form of SLCA: scores of a fixed length, means of older classes shrunk.
public record SlcaAlignment(
        @Setting(defaultValue = "\"covariance\"", value = "What is kept of the features of a class.")
        Statistics statistics,

        @Setting(min = 1, max = 1000, defaultValue = "5", value = "Passes after each task but the first.")
        int epochs,

        @Setting(exclusiveMin = 0, defaultValue = "0.01", value = "First learning rate; a cosine leads to 0.")
        double learningRate,

        @Setting(min = 0, defaultValue = "0.0005", value = "Weight decay of the heads, added to the gradient.")
        double weightDecay,

        @Setting(
                min = 1,
                max = 65536,
                defaultValue = "256",
                value = "Samples of each class in a pass, and samples in a step.")
        int samplesPerClass,

        @Setting(
                defaultValue = "true",
                value = "Whether the means of older tasks' classes are drawn nearer to zero, down to 0.9.")
        boolean shrinkMeans,

        @Setting(
                exclusiveMin = 0,
                defaultValue = "0.1",
                value = "Temperature of scores divided by their length; null for the scores themselves.")
        @Nullable
        Double logitNormTemperature)
        implements AlignmentRecipe {

    /// What is kept of the features of a class.
    public enum Statistics {
        /// Mean and covariance.
        @JsonProperty("covariance")
        COVARIANCE,
        /// Mean and variance of each dimension.
        @JsonProperty("variance")
        VARIANCE
    }

    @Override
    public ClassStatistics.Kind kind() {
        return switch (statistics) {
            case COVARIANCE -> ClassStatistics.Kind.COVARIANCE;
            case VARIANCE -> ClassStatistics.Kind.VARIANCE;
        };
    }

    @Override
    public int centroids() {
        return 1;
    }

    /// A step for each class.
    @Override
    public Phase.Alignment phase(ClassStatistics kept, List<ClassRange> learned) {
        List<ClassRange> heads = learned.stream().distinct().toList();
        return new Phase.Alignment(
                kept,
                epochs,
                learningRate,
                MOMENTUM,
                samplesPerClass,
                kept.count(),
                new Phase.Alignment.Form(weightDecay, shrinkMeans, logitNormTemperature, heads));
    }
}
