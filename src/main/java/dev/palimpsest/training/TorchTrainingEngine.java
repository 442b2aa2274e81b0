package dev.palimpsest.training;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.FeatureBlocks;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.methods.NetworkCopy;
import dev.palimpsest.methods.Phase;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterSession;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.AlignmentEpoch;
import dev.palimpsest.model.AlignmentSamples;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.Classifier;
import dev.palimpsest.model.FullSession;
import dev.palimpsest.model.HeadMomentum;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.ImportanceCollection;
import dev.palimpsest.model.InputMoments;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.SessionSetup;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TrainingSession;
import dev.palimpsest.model.TrainingView;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.model.Weights;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToLongFunction;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// The engine on [Network]: tensors, programs and pictures of one run.
///
/// Longer than 350 lines: one answer to each question of the interface, over the same open tensors.
public final class TorchTrainingEngine implements TrainingEngine {

    /// Before the number of an adapter in its tensors' names; a dense change has none.
    private static final String TASK = ".task";

    /// Before the names of heads that the next task starts from, where those of a copy classify.
    private static final String BEFORE = "before.";

    /// The number that stands for the adapter of a copy, beside those of tasks.
    private static final String OF_COPY = TASK + "0";

    private final Network network;
    private final Pictures pictures;
    private final Scenario scenario;
    private final int evaluationBatch;
    private final StopRequest stop;
    private final Evaluator evaluator;
    private @Nullable Copied copied;
    private @Nullable LearningTask task;
    private int adaptersBefore;
    private int headsBefore;
    private int heads;
    private long mapBefore;
    private final List<Taught> taught = new ArrayList<>();
    private @Nullable TrainingSession session;
    private final List<FeatureBlocks> features = new ArrayList<>();
    private @Nullable AlignmentSamples samples;
    private @Nullable HeadMomentum momentum;

    /// Pictures on the device and the class position of each.
    @SuppressWarnings("ArrayRecordComponent") // handed over without a copy; never compared
    private record Taught(List<LearningTask> tasks, ImagePixels pixels, long[] labels) {}

    /// A copy of the network, and what measures it.
    private record Copied(NetworkCopy made, Network network, Evaluator evaluator) {

        void close() {
            evaluator.close();
            network.close();
        }
    }

    /// An engine that closes its network.
    ///
    /// @param scenario of the plan
    /// @param evaluationBatch test images decoded at once
    public TorchTrainingEngine(
            Network network, Pictures pictures, Scenario scenario, int evaluationBatch, StopRequest stop) {
        this.network = network;
        this.pictures = pictures;
        this.scenario = scenario;
        this.evaluationBatch = evaluationBatch;
        this.stop = stop;
        this.evaluator = new Evaluator(network, pictures, scenario, evaluationBatch, stop);
    }

    @Override
    public Network network() {
        return network;
    }

    @Override
    public VitShape shape() {
        return network.shape();
    }

    @Override
    public AdapterSettings adapters() {
        return network.bank().settings();
    }

    @Override
    public @Nullable Integer projectedWidth() {
        return switch (network.classifier()) {
            case Classifier.Linear _ -> null;
            case Classifier.Projected projected -> projected.heads().width();
        };
    }

    @Override
    public NumericMode mode() {
        return network.mode();
    }

    @Override
    public void open(LearningTask next) {
        closeTask();
        task = next;
        adaptersBefore = network.bank().size();
        headsBefore = heads;
        mapBefore = network.classifier().mapNumbers();
        heads = Math.max(heads, next.firstClass() + next.classCount());
    }

    @Override
    public int[] targets(LearningTask of) {
        return of.targets(pictures.train(), of.train());
    }

    @Override
    public void copy(NetworkCopy wanted) {
        closeCopy();
        Network copy = wanted.of(network);
        copied = new Copied(wanted, copy, new Evaluator(copy, pictures, scenario, evaluationBatch, stop));
    }

    @Override
    public Network trained() {
        return copied == null ? network : copied.network();
    }

    private void closeCopy() {
        if (copied != null) {
            copied.close();
            copied = null;
        }
    }

    /// The training images of tasks, one after the other, loaded when first asked for.
    private Taught taught(List<LearningTask> tasks) {
        for (Taught one : taught) {
            if (one.tasks.equals(tasks)) {
                return one;
            }
        }
        int[] rows =
                tasks.stream().flatMapToInt(one -> Arrays.stream(one.train())).toArray();
        long[] labels = tasks.stream()
                .flatMapToInt(one -> Arrays.stream(targets(one)))
                .asLongStream()
                .toArray();
        Taught loaded = new Taught(tasks, pictures.load(network, pictures.train(), rows, stop), labels);
        taught.add(loaded);
        return loaded;
    }

    @Override
    public void begin(TaskRecipe recipe, @Nullable TrainingSettings training) {
        if (recipe.images().isEmpty()) {
            return;
        }
        Taught images = taught(recipe.images());
        if (training == null || recipe.trains().isEmpty()) {
            return;
        }
        TaskRecipe.Collect collect = recipe.collect();
        ImportanceCollection collection = collect == null ? null : collect.how();
        SessionSetup setup = new SessionSetup(
                images.pixels,
                images.labels,
                recipe.trains(),
                recipe.scope(),
                training.optimizer().numbers(training.clipNorm()),
                recipe.terms(),
                collection);
        TrainingView view = recipe.view();
        session = view == null
                ? new FullSession(trained(), setup, training.optimizer().ownHeadRate())
                : new AdapterSession(trained(), view, setup);
    }

    @Override
    public void order(int[] rows) {
        opened(session).order(Arrays.stream(rows).asLongStream().toArray());
    }

    @Override
    public int stepsAtOnce() {
        return network.stepsAtOnce();
    }

    @Override
    public List<StepTally> steps(int position, int batch, int end, long[] seeds, StepRates rates, boolean collect) {
        return opened(session).steps(position, batch, end, seeds, rates, collect);
    }

    @Override
    public long trainableParameters() {
        return session == null ? 0 : session.trainableParameters();
    }

    @Override
    public long addedParameters() {
        Classifier classifier = network.classifier();
        long rows = (long) heads - headsBefore;
        return rows * classifier.numbersOfClass()
                + (classifier.mapNumbers() - mapBefore)
                + (network.bank().size() - adaptersBefore) * network.bank().parameters();
    }

    @Override
    public SessionResult finish() {
        TrainingSession trained = session;
        if (trained == null) {
            return new SessionResult.InNetwork();
        }
        SessionResult result = trained.finish();
        trained.close();
        session = null;
        return result;
    }

    @Override
    public List<ClassFeatures> features(AdapterView view) {
        LearningTask current = opened(task);
        Taught own = taught(List.of(current));
        try (Weights weights = network.compose(view)) {
            FeatureBlocks blocks = new FeatureBlocks(network.runtime(), network.chunk());
            features.add(blocks);
            Evaluator.features(network, own.pixels, weights, stop, (first, rows) -> blocks.add(rows));
            int width = network.shape().width();
            // images come in whole chunks, so the row of an image is its number
            return ClassFeatures.of(blocks, width, own.labels, current.firstClass(), current.classCount());
        }
    }

    @Override
    public InputMoments moments(AdapterView view, Set<Site> sites, IntToLongFunction seeds) {
        ImagePixels pixels = taught(List.of(opened(task))).pixels;
        int chunk = network.chunk();
        InputMoments moments = new InputMoments(network, sites);
        try (Weights weights = network.compose(view)) {
            for (int from = 0; from < pixels.count(); from += chunk) {
                StoppedException.checkNot(stop);
                long[] rows = LongStream.range(from, Math.min(from + chunk, pixels.count()))
                        .toArray();
                moments.add(pixels, rows, weights, seeds.applyAsLong(from / chunk));
            }
            moments.requireFinite();
        } catch (RuntimeException unfinished) {
            moments.close();
            throw unfinished;
        }
        return moments;
    }

    @Override
    public void beginPhase(Phase.Alignment phase) {
        closePhase();
        samples = phase.statistics().samples(network, phase.form().shrinkMeans());
        momentum = network.momentum();
    }

    @Override
    public double[] phaseEpoch(Phase.Alignment phase, int epoch, long seed, int seenClasses) {
        Phase.Alignment.Form form = phase.form();
        Double temperature = form.temperature();
        return network.align(
                opened(samples),
                opened(momentum),
                new AlignmentEpoch(
                        phase.samplesPerStep(),
                        phase.iterations(),
                        seed,
                        seenClasses,
                        phase.rate(epoch),
                        phase.momentum(),
                        form.weightDecay(),
                        temperature == null ? 0 : temperature,
                        form.heads()));
    }

    @Override
    public MeasuredRow evaluate(Inference inference, List<LearningTask> tasks, EvaluationData data) {
        if (inference instanceof Inference.OfCopy of) {
            Copied copy = opened(copied);
            var latest = new Inference.Latest(of.copy().view(copy.network()), of.masksUnseen());
            return copy.evaluator().evaluate(latest, tasks, data);
        }
        return evaluator.evaluate(inference, tasks, data);
    }

    @Override
    public Map<String, TensorBundle> save(List<LearningTask> learned) {
        Map<String, TensorBundle> bundles = new LinkedHashMap<>();
        bundles.put(
                SavedTensors.ADAPTERS,
                session == null ? network.bank().save() : network.bank().save(adaptersBefore));
        bundles.put(SavedTensors.HEADS, network.saveHeads(ranges(learned)));
        TensorBundle backbone = network.saveBackbone();
        if (copied != null) {
            backbone = copied.made().trainsBackbone() ? copied.network().saveBackbone() : null;
            saveCopy(bundles, copied.network(), ranges(learned));
        }
        if (backbone != null) {
            bundles.put(SavedTensors.BACKBONE, backbone);
        }
        return bundles;
    }

    /// What classifies stands where a reader looks for it, and what the next task starts from beside it.
    private static void saveCopy(Map<String, TensorBundle> bundles, Network copy, List<ClassRange> ranges) {
        TensorBundle own = copy.bank().save();
        TensorBundle adapters = bundles.getOrDefault(SavedTensors.ADAPTERS, new TensorBundle());
        own.names().forEach(name -> adapters.put(name.replaceFirst("\\.task1$", OF_COPY), own.get(name)));
        bundles.put(SavedTensors.ADAPTERS, adapters);
        TensorBundle heads = copy.saveHeads(ranges);
        heads.putAll(BEFORE, bundles.getOrDefault(SavedTensors.HEADS, new TensorBundle()));
        bundles.put(SavedTensors.HEADS, heads);
    }

    @Override
    public void restore(Map<String, TensorBundle> saved, ContinualMethod method, List<LearningTask> learned) {
        heads = learned.stream()
                .mapToInt(one -> one.firstClass() + one.classCount())
                .max()
                .orElse(0);
        TensorBundle nothing = new TensorBundle();
        TensorBundle adapters = saved.getOrDefault(SavedTensors.ADAPTERS, nothing);
        network.bank().restore(adapters, count(adapters));
        TensorBundle scoring = saved.getOrDefault(SavedTensors.HEADS, nothing);
        TensorBundle before = scoring.under(BEFORE);
        network.restoreHeads(before.isEmpty() ? scoring : before, ranges(learned));
        TensorBundle backbone = saved.get(SavedTensors.BACKBONE);
        if (backbone != null && before.isEmpty()) {
            network.restoreBackbone(backbone);
        }
        method.restore(saved.getOrDefault(SavedTensors.METHOD, nothing), network, learned);
        if (!before.isEmpty() && method.inference() instanceof Inference.OfCopy of) {
            restoreCopy(of.copy(), saved, ranges(learned));
        }
    }

    private void restoreCopy(NetworkCopy made, Map<String, TensorBundle> saved, List<ClassRange> ranges) {
        copy(made);
        Network copy = trained();
        TensorBundle nothing = new TensorBundle();
        copy.restoreHeads(saved.getOrDefault(SavedTensors.HEADS, nothing), ranges);
        TensorBundle adapters = saved.getOrDefault(SavedTensors.ADAPTERS, nothing);
        TensorBundle own = new TensorBundle();
        adapters.names().stream()
                .filter(name -> name.endsWith(OF_COPY))
                .forEach(name ->
                        own.put(name.substring(0, name.length() - OF_COPY.length()) + TASK + "1", adapters.get(name)));
        copy.bank().restore(own, own.isEmpty() ? 0 : 1);
        TensorBundle backbone = saved.get(SavedTensors.BACKBONE);
        if (backbone != null) {
            copy.restoreBackbone(backbone);
        }
    }

    private static int count(TensorBundle adapters) {
        int count = 0;
        for (String name : adapters.names()) {
            int task = name.lastIndexOf(TASK);
            count = task < 0 ? count : Math.max(count, Integer.parseInt(name.substring(task + TASK.length())));
        }
        return count;
    }

    static List<ClassRange> ranges(List<LearningTask> learned) {
        return learned.stream()
                .map(one -> new ClassRange(one.firstClass(), one.classCount()))
                .toList();
    }

    @Override
    public TensorBundle saveSession() {
        return opened(session).save();
    }

    @Override
    public void restoreSession(TensorBundle saved) {
        opened(session).restore(saved);
    }

    private static <T> T opened(@Nullable T part) {
        if (part == null) {
            throw new IllegalStateException("no task is being trained");
        }
        return part;
    }

    private void closePhase() {
        if (samples != null) {
            samples.close();
            samples = null;
        }
        if (momentum != null) {
            momentum.close();
            momentum = null;
        }
    }

    private void closeTask() {
        closePhase();
        features.forEach(FeatureBlocks::close);
        features.clear();
        if (session != null) {
            session.close();
            session = null;
        }
        closeCopy();
        taught.forEach(one -> one.pixels.close());
        taught.clear();
    }

    @Override
    public void close() {
        closeTask();
        evaluator.close();
        network.close();
    }
}
