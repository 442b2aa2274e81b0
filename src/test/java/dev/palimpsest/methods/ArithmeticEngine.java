package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.training.TrainingEngine;
import java.util.Arrays;
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
        super.open(next);
    }

    private LearningTask current() {
        return Objects.requireNonNull(task);
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        int t = current().index();
        if (t == 0 || !setup.sequential()) {
            setup.beginAdapter(network(), "task%d.".formatted(t));
        }
        begun.on(current(), recipe);
        super.begin(recipe, training);
    }

    @Override
    public void order(int[] rows) {
        int[] train = current().train();
        assertThat(rows)
                .as("an order of the images")
                .containsExactlyInAnyOrder(IntStream.range(0, train.length).toArray());
        super.order(Arrays.stream(setup.order(current().index(), epoch++))
                .map(row -> Arrays.binarySearch(train, row))
                .toArray());
    }
}
