package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.LossTerm;
import dev.palimpsest.model.Part;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.model.TrainingView;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a recipe may not say.
class TaskRecipeTest {

    private static final LearningTask TASK = TaskChain.task(0);
    private static final TrainingView VIEW = TrainingView.plain(AdapterView.NONE, SiteValues.all(1, 1));

    private static TaskRecipe recipe(Set<Part> trains, @Nullable TrainingView view, List<LossTerm> terms) {
        return recipe(List.of(TASK), trains, view, terms);
    }

    private static TaskRecipe recipe(
            List<LearningTask> images, Set<Part> trains, @Nullable TrainingView view, List<LossTerm> terms) {
        return new TaskRecipe(images, trains, view, new ClassRange(0, 2), new TaskRecipe.Rates(null, 1), terms, null);
    }

    @ParameterizedTest
    @EnumSource(
            value = Part.class,
            names = {"DOWN", "UP", "BACKBONE"})
    void nothingTrainsWithoutTheHeads(Part part) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe(Set.of(part), VIEW, List.of()))
                .withMessageContaining("heads");
    }

    @Test
    void theBackboneTrainsWithoutAdapters() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe(EnumSet.of(Part.BACKBONE, Part.UP, Part.HEADS), null, List.of()))
                .withMessageContaining("backbone");
    }

    @Test
    void coefficientsTrainBelowAnAdapter() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe(EnumSet.of(Part.PAST_COEFFICIENTS, Part.HEADS), VIEW, List.of()))
                .withMessageContaining("coefficients");
    }

    @Test
    void aTermIsOfWhatTrains() {
        LossTerm term = new LossTerm.Orthogonality(0.5, SiteValues.all(1, 1));

        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe(EnumSet.of(Part.UP, Part.HEADS), VIEW, List.of(term)))
                .withMessageContaining("orthogonality needs DOWN");
    }

    @Test
    void theViewIsThereExactlyWhereTheBackboneStays() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe(EnumSet.of(Part.UP, Part.HEADS), null, List.of()))
                .withMessageContaining("view");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe(EnumSet.of(Part.BACKBONE, Part.HEADS), VIEW, List.of()))
                .withMessageContaining("view");
    }

    @Test
    void whatTrainsSeesImages() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> recipe(List.of(), EnumSet.of(Part.HEADS), VIEW, List.of()))
                .withMessageContaining("images");
    }
}
