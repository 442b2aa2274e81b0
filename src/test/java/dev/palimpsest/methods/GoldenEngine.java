package dev.palimpsest.methods;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.TrainingEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The real engine, with the two things in place of the trainer's draws that a trace has stored: the first values of
/// each adapter, and the order of the images of each epoch.
final class GoldenEngine implements TrainingEngine {

    private final TrainingEngine engine;
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
        this.engine = engine;
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
    public Network network() {
        return engine.network();
    }

    @Override
    public VitShape shape() {
        return engine.shape();
    }

    @Override
    public AdapterSettings adapters() {
        return engine.adapters();
    }

    @Override
    public @Nullable Integer projectedWidth() {
        return engine.projectedWidth();
    }

    @Override
    public NumericMode mode() {
        return engine.mode();
    }

    @Override
    public void open(LearningTask next) {
        task = next;
        epoch = 0;
        engine.open(next);
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        setup.begin(network(), task.index());
        engine.begin(recipe, training);
    }

    @Override
    public void order(int[] rows) {
        assertThat(rows)
                .as("an order of the images")
                .containsExactlyInAnyOrder(
                        IntStream.range(0, task.train().length).toArray());
        engine.order(Arrays.stream(setup.epoch(task.index(), epoch))
                .map(row -> Arrays.binarySearch(task.train(), row))
                .toArray());
        epoch++;
    }

    @Override
    public int stepsAtOnce() {
        return engine.stepsAtOnce();
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates given, boolean collect) {
        rates.addAll(Collections.nCopies(seeds.length, given));
        return engine.steps(position, batch, end, seeds, given, collect);
    }

    @Override
    public long trainableParameters() {
        return engine.trainableParameters();
    }

    @Override
    public long addedParameters() {
        return engine.addedParameters();
    }

    @Override
    public SessionResult finish() {
        return engine.finish();
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        List<ClassFeatures> features = engine.features(view);
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

    @Override
    public InputMoments moments(AdapterView view, Set<Site> sites, IntToLongFunction seeds) {
        return engine.moments(view, sites, seeds);
    }

    @Override
    public void beginPhase(Phase.Alignment phase) {
        engine.beginPhase(phase);
    }

    @Override
    public double[] phaseEpoch(Phase.Alignment phase, int at, long seed, int seenClasses) {
        return engine.phaseEpoch(phase, at, seed, seenClasses);
    }

    @Override
    public MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, EvaluationData data) {
        return engine.evaluate(inference, tasks, data);
    }

    @Override
    public Map<String, TensorBundle> save(List<LearningTask> learned) {
        return engine.save(learned);
    }

    @Override
    public void restore(Map<String, TensorBundle> saved, ContinualMethod method, List<LearningTask> learned) {
        engine.restore(saved, method, learned);
    }

    @Override
    public TensorBundle saveSession() {
        return engine.saveSession();
    }

    @Override
    public void restoreSession(TensorBundle saved) {
        engine.restoreSession(saved);
    }

    @Override
    public void close() {
        engine.close();
    }
}
