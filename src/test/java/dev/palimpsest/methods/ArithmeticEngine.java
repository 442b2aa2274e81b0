package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.training.TrainingEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The real engine, with what a trace of task arithmetic has stored in place of the trainer's draws: the first values
/// of adapters and the order of the images.
final class ArithmeticEngine extends PassingEngine {

    private final ArithmeticSetup setup;
    private final Begun begun;
    private @Nullable LearningTask task;
    private int epoch;

    private final List<StepTally> ofStage = new ArrayList<>();

    /// The images of the stage that trains now, in the order of its recipe; null in a task's own training.
    private int @Nullable [] kept;

    /// Hears that a task is about to train, with everything at its stored start.
    @FunctionalInterface
    interface Begun {
        void on(LearningTask task, TaskRecipe recipe);
    }

    ArithmeticEngine(TrainingEngine engine, ArithmeticSetup setup, Begun begun) {
        super(engine);
        this.setup = setup;
        this.begun = begun;
    }

    @Override
    public void open(LearningTask next) {
        task = next;
        epoch = 0;
        kept = null;
        ofStage.clear();
        super.open(next);
    }

    private LearningTask current() {
        return Objects.requireNonNull(task);
    }

    @Override
    public void copy(NetworkCopy wanted) {
        super.copy(wanted);
        epoch = 0;
        kept = new int[0];
        if (wanted.adapter() != null) {
            setup.beginAdapter(trained(), "few_shot.");
        }
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        if (kept != null) {
            List<LearningTask> images = setup.exemplars(current().index() + 1);
            assertThat(recipe.imageCount())
                    .as("images of a stage")
                    .isEqualTo(
                            images.stream().mapToInt(one -> one.train().length).sum());
            kept = images.stream()
                    .flatMapToInt(one -> Arrays.stream(one.train()))
                    .toArray();
            super.begin(recipe.seeing(images), training);
            return;
        }
        int t = current().index();
        if (t == 0 || !setup.sequential()) {
            setup.beginAdapter(network(), "task%d.".formatted(t));
        }
        begun.on(current(), recipe);
        super.begin(recipe, training);
    }

    @Override
    public void order(int[] rows) {
        int[] images = kept == null ? current().train() : kept;
        assertThat(rows)
                .as("an order of the images")
                .containsExactlyInAnyOrder(IntStream.range(0, images.length).toArray());
        int t = current().index();
        int[] stored = kept == null ? setup.order(t, epoch) : setup.stageOrder(t, epoch);
        epoch++;
        super.order(Arrays.stream(stored)
                .map(row -> IntStream.range(0, images.length)
                        .filter(i -> images[i] == row)
                        .findFirst()
                        .orElseThrow())
                .toArray());
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates rates, boolean collect) {
        List<StepTally> tallies = super.steps(position, batch, end, seeds, rates, collect);
        if (kept != null) {
            ofStage.addAll(tallies);
        }
        return tallies;
    }

    /// Steps of the stage after the newest task.
    List<StepTally> ofStage() {
        return List.copyOf(ofStage);
    }
}
