package dev.palimpsest.methods;

import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.TrainingView;
import org.jspecify.annotations.Nullable;

/// How one task is trained, as data: the trainer acts on it and knows no method.
///
/// @param trains what changes
/// @param view of what the weights are made while adapters train; null for other kinds
/// @param scope classes in the cross-entropy
/// @param collect importance gathered while training, or null
public record TaskRecipe(
        Trains trains,
        @Nullable TrainingView view,
        ClassRange scope,
        Rates rates,
        @Nullable Collect collect) {

    public enum Trains {
        NOTHING,
        ADAPTERS,
        BACKBONE
    }

    /// Learning rates beside the plan's.
    ///
    /// @param learningRate instead of the plan's, or null
    /// @param pastCoefficientScale factor on the rate of past coefficients
    public record Rates(@Nullable Double learningRate, double pastCoefficientScale) {
        static final Rates PLAIN = new Rates(null, 1);
    }

    /// What is collected and when.
    ///
    /// @param lastSteps in how many steps at the end of the task; the smoothed values forget older ones
    public record Collect(ImportanceCollection how, int lastSteps) {}

    static TaskRecipe nothing(ClassRange scope) {
        return new TaskRecipe(Trains.NOTHING, null, scope, Rates.PLAIN, null);
    }

    static TaskRecipe adapters(TrainingView view, ClassRange scope) {
        return new TaskRecipe(Trains.ADAPTERS, view, scope, Rates.PLAIN, null);
    }

    static TaskRecipe backbone(ClassRange scope) {
        return new TaskRecipe(Trains.BACKBONE, null, scope, Rates.PLAIN, null);
    }
}
