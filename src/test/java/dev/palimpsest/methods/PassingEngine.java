package dev.palimpsest.methods;

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
import dev.palimpsest.model.VitShape;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.training.TrainingEngine;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/// Hands every call on to an engine: what a test puts in place of a draw it overrides.
abstract class PassingEngine implements TrainingEngine {

    private final TrainingEngine engine;

    PassingEngine(TrainingEngine engine) {
        this.engine = engine;
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
    public void open(LearningTask task) {
        engine.open(task);
    }

    @Override
    public int[] targets(LearningTask task) {
        return engine.targets(task);
    }

    @Override
    public void copy(NetworkCopy wanted) {
        engine.copy(wanted);
    }

    @Override
    public Network trained() {
        return engine.trained();
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        engine.begin(recipe, training);
    }

    @Override
    public void order(int[] rows) {
        engine.order(rows);
    }

    @Override
    public int stepsAtOnce() {
        return engine.stepsAtOnce();
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates rates, boolean collect) {
        return engine.steps(position, batch, end, seeds, rates, collect);
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
        return engine.features(view);
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
    public double[] phaseEpoch(Phase.Alignment phase, int epoch, long seed, int seenClasses) {
        return engine.phaseEpoch(phase, epoch, seed, seenClasses);
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
