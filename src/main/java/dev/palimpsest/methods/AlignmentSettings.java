package dev.palimpsest.methods;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.settings.Setting;
import java.util.List;

/// Classifier alignment: heads trained again on samples of class statistics.
public record AlignmentSettings(
        @Setting(defaultValue = "\"centroids\"", value = "What is kept of the features of a class.")
        ClassStatistics.Kind statistics,

        @Setting(min = 1, max = 1000, defaultValue = "10", value = "Clusters a class, for the statistics centroids.")
        int centroids,

        @Setting(min = 1, max = 1000, defaultValue = "50", value = "Passes after each task but the first.")
        int epochs,

        @Setting(exclusiveMin = 0, defaultValue = "0.005", value = "First learning rate; a cosine leads to 0.")
        double learningRate,

        @Setting(min = 1, max = 65536, defaultValue = "320", value = "Samples in a step.")
        int samplesPerStep)
        implements AlignmentRecipe {

    @Override
    public ClassStatistics.Kind kind() {
        return statistics;
    }

    /// A step for each class of earlier tasks.
    @Override
    public Phase.Alignment phase(ClassStatistics kept, List<ClassRange> learned) {
        int earlier = learned.subList(0, learned.size() - 1).stream()
                .mapToInt(ClassRange::count)
                .sum();
        return new Phase.Alignment(kept, epochs, learningRate, MOMENTUM, samplesPerStep, earlier);
    }
}
