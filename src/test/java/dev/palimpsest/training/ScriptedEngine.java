package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.NetworkCopy;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
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
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.function.LongUnaryOperator;
import org.jspecify.annotations.Nullable;

/// An engine without tensors: it adds up what it is told to do, so that a run is a single number, and writes
/// down every call. Losses follow a script.
final class ScriptedEngine implements TrainingEngine {

    static final int TEST_IMAGES = 10;

    private final List<String> calls = new ArrayList<>();
    private final List<Step> taken = new ArrayList<>();
    private final List<List<Integer>> orders = new ArrayList<>();
    private final List<PhaseEpoch> phaseEpochs = new ArrayList<>();
    private final int failingStep;
    private final int atOnce;
    private long model;
    private long session;
    private int steps;

    /// A step as it was asked.
    record Step(int position, int count, long seed, StepRates rates, boolean collect) {}

    /// An epoch of a phase as it was asked.
    record PhaseEpoch(int epoch, long seed, int seenClasses) {}

    ScriptedEngine() {
        this(Integer.MAX_VALUE);
    }

    /// @param failingStep whose loss is not a number, from 1
    ScriptedEngine(int failingStep) {
        this(failingStep, 1);
    }

    /// @param atOnce the most steps of one call
    ScriptedEngine(int failingStep, int atOnce) {
        this.failingStep = failingStep;
        this.atOnce = atOnce;
    }

    /// What was asked, in order; steps as `step`.
    List<String> calls() {
        return List.copyOf(calls);
    }

    /// The rates of every step.
    List<StepRates> rates() {
        return taken.stream().map(Step::rates).toList();
    }

    /// Every step, in order.
    List<Step> taken() {
        return List.copyOf(taken);
    }

    /// The order of every epoch.
    List<List<Integer>> orders() {
        return List.copyOf(orders);
    }

    List<PhaseEpoch> phaseEpochs() {
        return List.copyOf(phaseEpochs);
    }

    /// What the run made of the model.
    long model() {
        return model;
    }

    @Override
    public Network network() {
        throw new AssertionError("a scripted engine has no network");
    }

    @Override
    public VitShape shape() {
        return new VitShape(32, 8, 2, 16, 2, 32);
    }

    @Override
    public AdapterSettings adapters() {
        return new AdapterSettings(1, Set.of(Site.Q), 2, 0.5);
    }

    @Override
    public @Nullable Integer projectedWidth() {
        return null;
    }

    @Override
    public NumericMode mode() {
        return NumericMode.FP32;
    }

    @Override
    public void open(LearningTask task) {
        calls.add("open " + task.index());
    }

    @Override
    public int[] targets(LearningTask task) {
        return new int[task.train().length];
    }

    @Override
    public void copy(NetworkCopy wanted) {
        calls.add("copy");
    }

    @Override
    public Network trained() {
        return network();
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        calls.add("begin");
        session = model;
    }

    @Override
    public void order(int[] rows) {
        calls.add("order");
        orders.add(Arrays.stream(rows).boxed().toList());
        mix(Arrays.hashCode(rows));
    }

    @Override
    public int stepsAtOnce() {
        return atOnce;
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates given, boolean collect) {
        List<StepTally> tallies = new ArrayList<>();
        for (int i = 0; i < seeds.length; i++) {
            int at = position + i * batch;
            tallies.add(step(at, Math.min(batch, end - at), seeds[i], given, collect));
        }
        return tallies;
    }

    private StepTally step(int position, int count, long seed, StepRates given, boolean collect) {
        calls.add(collect ? "step, collecting" : "step");
        taken.add(new Step(position, count, seed, given, collect));
        steps++;
        mix(31L * position + count + seed + Double.hashCode(given.adapters()));
        boolean failed = steps == failingStep;
        double loss = failed ? Double.NaN : 1.0 / steps;
        return new StepTally(loss, Map.of(StepTally.CROSS_ENTROPY, loss), 1, count / 2, failed);
    }

    private void mix(long value) {
        LongUnaryOperator next = before -> before * 6364136223846793005L + value;
        session = next.applyAsLong(session);
    }

    @Override
    public long trainableParameters() {
        return 100;
    }

    @Override
    public long addedParameters() {
        return 7;
    }

    @Override
    public SessionResult finish() {
        calls.add("finish");
        model = session;
        return new SessionResult.InNetwork();
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        calls.add("features");
        return List.of();
    }

    @Override
    public InputMoments moments(AdapterView view, Set<Site> sites, IntToLongFunction seeds) {
        throw new AssertionError("a scripted engine has no network");
    }

    @Override
    public void beginPhase(Phase.Alignment phase) {
        calls.add("begin phase");
    }

    @Override
    public double[] phaseEpoch(Phase.Alignment phase, int epoch, long seed, int seenClasses) {
        calls.add("phase epoch");
        phaseEpochs.add(new PhaseEpoch(epoch, seed, seenClasses));
        model = model * 31 + seed + seenClasses;
        return new double[] {0.5, 0.25};
    }

    @Override
    public MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, EvaluationData data) {
        calls.add("evaluate " + tasks.size() + (data == EvaluationData.TEST ? "" : " validation"));
        List<Integer> images = tasks.stream().map(task -> TEST_IMAGES).toList();
        int right = (int) Math.floorMod(model, (long) TEST_IMAGES);
        return new MeasuredRow(
                images, Map.of(Measure.TOP1, images.stream().map(n -> right).toList()));
    }

    @Override
    public Map<String, TensorBundle> save(List<LearningTask> learned) {
        calls.add("save " + learned.size());
        return Map.of("adapters", number(model));
    }

    @Override
    public void restore(Map<String, TensorBundle> saved, ContinualMethod method, List<LearningTask> learned) {
        calls.add("restore " + learned.size());
        TensorBundle adapters = saved.get("adapters");
        model = adapters == null ? 0 : adapters.get("number").longs()[0];
    }

    @Override
    public TensorBundle saveSession() {
        calls.add("save session");
        return number(session);
    }

    @Override
    public void restoreSession(TensorBundle saved) {
        calls.add("restore session");
        session = saved.get("number").longs()[0];
    }

    private static TensorBundle number(long value) {
        return new TensorBundle().put("number", HostTensor.ofLongs(new long[] {value}, 1));
    }

    @Override
    public void close() {
        calls.add("close");
    }
}
