package dev.palimpsest.methods;

import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.settings.Setting;

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
        int samplesPerStep) {}
