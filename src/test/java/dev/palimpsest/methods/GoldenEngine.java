package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.TrainingEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The real engine, with the two things in place of the trainer's draws that a trace has stored: the first values of
/// each adapter, and the order of the images of each epoch.
final class GoldenEngine extends PassingEngine {

    private final GoldenSetup setup;
    private final List<StepRates> rates = new ArrayList<>();
    private final List<Collected> collected = new ArrayList<>();
    private LearningTask task;
    private int epoch;
    private int asked;

    /// Features of a class that a method asked for.
    ///
    /// @param asked how often it has asked before
    /// @param rows shape [images, D]
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Collected(int asked, int task, int classPosition, double[] rows) {}

    GoldenEngine(TrainingEngine engine, GoldenSetup setup) {
        super(engine);
        this.setup = setup;
        this.task = setup.task(0);
    }

    /// Learning rates of every step.
    List<StepRates> rates() {
        return List.copyOf(rates);
    }

    /// What was asked for, in order.
    List<Collected> collected() {
        return List.copyOf(collected);
    }

    @Override
    public void open(LearningTask next) {
        task = next;
        epoch = 0;
        super.open(next);
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        setup.begin(network(), task.index());
        super.begin(recipe, training);
    }

    @Override
    public void order(int[] rows) {
        assertThat(rows)
                .as("an order of the images")
                .containsExactlyInAnyOrder(
                        IntStream.range(0, task.train().length).toArray());
        super.order(Arrays.stream(setup.epoch(task.index(), epoch))
                .map(row -> Arrays.binarySearch(task.train(), row))
                .toArray());
        epoch++;
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates given, boolean collect) {
        rates.addAll(Collections.nCopies(seeds.length, given));
        return super.steps(position, batch, end, seeds, given, collect);
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        List<ClassFeatures> features = super.features(view);
        for (ClassFeatures one : features) {
            try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                collected.add(new Collected(
                        asked,
                        task.index(),
                        one.classPosition(),
                        one.rows().in(scope, 0, one.count()).doubles()));
            }
        }
        asked++;
        return features;
    }
}
