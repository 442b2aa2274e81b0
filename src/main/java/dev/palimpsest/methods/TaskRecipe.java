package dev.palimpsest.methods;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// How one task is trained, as data: the trainer acts on it and knows no method.
///
/// @param images tasks whose training images it sees, one after the other: its own, or a union; empty where it
///     looks at none
/// @param trains what changes; empty for nothing
/// @param view of what the weights are made while the backbone stays as it is; null where it trains, or nothing does
/// @param scope classes in the cross-entropy
/// @param terms of the loss beside the cross-entropy
/// @param collect importance gathered while training, or null
public record TaskRecipe(
        List<LearningTask> images,
        Set<Part> trains,
        @Nullable TrainingView view,
        ClassRange scope,
        Rates rates,
        List<LossTerm> terms,
        @Nullable Collect collect) {

    static final Set<Part> ADAPTER = Set.of(Part.DOWN, Part.UP, Part.HEADS);

    /// @throws IllegalArgumentException if the parts do not go together, a term is of a part that does not train, or
    ///     view or images are missing
    public TaskRecipe {
        images = List.copyOf(images);
        trains = Set.copyOf(trains);
        terms = List.copyOf(terms);
        SessionSetup.check(trains, terms);
        boolean viewed = !trains.isEmpty() && !trains.contains(Part.BACKBONE);
        if (viewed != (view != null)) {
            throw new IllegalArgumentException(
                    "a view goes with a backbone that stays as it is, got %s and %s".formatted(trains, view));
        }
        if (!trains.isEmpty() && images.isEmpty()) {
            throw new IllegalArgumentException("nothing trains without images, got " + trains);
        }
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

    /// How many images an epoch goes through.
    public int imageCount() {
        return images.stream().mapToInt(task -> task.train().length).sum();
    }

    /// @param images what is opened for the features that the method will ask for
    static TaskRecipe nothing(LearningTask task, List<LearningTask> images) {
        return new TaskRecipe(images, Set.of(), null, ClassScope.TASK.of(task), Rates.PLAIN, List.of(), null);
    }

    /// The heads alone, on the features of the backbone.
    static TaskRecipe heads(List<LearningTask> images, int depth, ClassRange scope) {
        TrainingView view = TrainingView.plain(AdapterView.NONE, SiteValues.all(depth, 0));
        return new TaskRecipe(images, Set.of(Part.HEADS), view, scope, Rates.PLAIN, List.of(), null);
    }

    static TaskRecipe adapters(List<LearningTask> images, TrainingView view, ClassRange scope) {
        return new TaskRecipe(images, ADAPTER, view, scope, Rates.PLAIN, List.of(), null);
    }

    /// With these terms beside the cross-entropy.
    TaskRecipe with(List<LossTerm> others) {
        return new TaskRecipe(images, trains, view, scope, rates, others, collect);
    }

    /// The same on other images.
    TaskRecipe seeing(List<LearningTask> others) {
        return new TaskRecipe(others, trains, view, scope, rates, terms, collect);
    }

    static TaskRecipe backbone(List<LearningTask> images, ClassRange scope) {
        Set<Part> parts = Set.of(Part.BACKBONE, Part.HEADS);
        return new TaskRecipe(images, parts, null, scope, Rates.PLAIN, List.of(), null);
    }
}
