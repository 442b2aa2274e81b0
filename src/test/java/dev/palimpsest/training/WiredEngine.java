package dev.palimpsest.training;

import dev.palimpsest.data.ClassOrder;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.data.ImageSource;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.SplitSpec;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.files.Image;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.Schedule;
import dev.palimpsest.methods.TaskRecipe;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ClassRange;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SessionResult;
import dev.palimpsest.model.StepRates;
import dev.palimpsest.model.StepTally;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.support.SmallRun;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The engine of a run on a tiny network, step by step: no loop, no augmentation, and every picture that is
/// asked for is written down. Three tasks of two classes; of ten images of a class two are for validation.
final class WiredEngine implements AutoCloseable {

    static final int TASKS = 3;
    static final int CLASSES = 2 * TASKS;
    static final int IMAGES = 16;

    private static final AdapterSettings NO_ADAPTERS = new AdapterSettings(1, Set.of(), 0, 1);
    private static final RandomStreams STREAMS = new RandomStreams(1);

    private final Dataset dataset;
    private final Backbone backbone;
    private final Network network;
    private final ContinualMethod method;
    private final TorchTrainingEngine engine;
    private final List<LearningTask> tasks;
    private final Asked train;
    private final Asked test;
    private @Nullable TaskRun run;

    /// A source that remembers which rows were asked for.
    private record Asked(ImageSource source, Set<Integer> rows) implements ImageSource {

        Asked(ImageSource source) {
            this(source, new TreeSet<>());
        }

        @Override
        public int size() {
            return source.size();
        }

        @Override
        public int label(int index) {
            return source.label(index);
        }

        @Override
        public Image image(int index) {
            rows.add(index);
            return source.image(index);
        }

        @Override
        public String name(int index) {
            return source.name(index);
        }
    }

    WiredEngine(MethodSettings settings) {
        dataset = new DatasetSpec.Synthetic(CLASSES, 10, 5, TinyNetworks.SIDE, 11).open();
        TaskSplit split = TaskSplit.of(
                new SplitSpec.EqualClasses(TASKS, null, new ClassOrder.Natural()),
                dataset.labels(),
                dataset.groups(),
                STREAMS);
        tasks = LearningTask.of(dataset, split, 0.2, STREAMS);
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, 3);
        AdapterChoice adapters = settings.adapters();
        network = new Network(
                TestPrograms.RUNTIME,
                backbone,
                adapters == null ? NO_ADAPTERS : adapters.on(backbone.shape()),
                CLASSES,
                settings.info().traits().trainsBackbone(),
                NumericMode.FP32,
                TinyNetworks.PLAIN_PIXELS,
                5);
        train = new Asked(dataset.train());
        test = new Asked(dataset.test());
        engine = new TorchTrainingEngine(
                network,
                new Pictures(train, test, 1, SmallRun.IN_MEMORY),
                Scenario.CLASS_INCREMENTAL,
                64,
                StopRequest.NEVER);
        method = ContinualMethods.create(settings);
    }

    static TrainingSettings training(OptimizerSettings optimizer, @Nullable Double clipNorm) {
        return new TrainingSettings(1, IMAGES, optimizer, new Schedule.Constant(), clipNorm);
    }

    List<LearningTask> tasks() {
        return tasks;
    }

    TorchTrainingEngine engine() {
        return engine;
    }

    ContinualMethod method() {
        return method;
    }

    /// Opens a task and begins to train it.
    TaskRecipe begin(int t, TrainingSettings training) {
        engine.open(tasks.get(t));
        run = new TaskRun(engine, tasks.get(t), tasks, STREAMS, false, _ -> {});
        TaskRecipe recipe = method.beforeTask(run);
        begin(recipe, training);
        return recipe;
    }

    /// Begins anew with the network as it is.
    void begin(TaskRecipe recipe, TrainingSettings training) {
        engine.begin(recipe, training);
        engine.order(IntStream.range(0, IMAGES).toArray());
    }

    /// A step on all images of the task.
    StepTally step(StepRates rates, boolean collect) {
        return engine.steps(0, IMAGES, IMAGES, new long[] {7}, rates, collect).getFirst();
    }

    StepTally step(double rate) {
        return step(new StepRates(rate, rate, rate), false);
    }

    /// Ends the training of the task and lets the method take over.
    SessionResult finish() {
        if (run == null) {
            throw new IllegalStateException("no task has begun");
        }
        SessionResult result = engine.finish();
        run.learned(result);
        method.afterTask(run);
        return result;
    }

    /// Every weight that may have been learned: adapters, heads, and the backbone if it trains.
    double[] weights() {
        List<double[]> parts = new ArrayList<>(List.of(numbers(network.bank().save()), heads(0, CLASSES)));
        TensorBundle trained = network.saveBackbone();
        if (trained != null) {
            parts.add(numbers(trained));
        }
        return parts.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    double[] adapters() {
        return numbers(network.bank().save());
    }

    double[] adapter(String name) {
        return network.bank().save().get(name).doubles();
    }

    /// Rows of the heads, weights before biases.
    double[] heads(int first, int count) {
        return numbers(network.heads().save(List.of(new ClassRange(first, count))));
    }

    private static double[] numbers(TensorBundle bundle) {
        return bundle.names().stream()
                .flatMapToDouble(name -> Arrays.stream(bundle.get(name).doubles()))
                .toArray();
    }

    /// Rows of the training source that were read since the last question.
    Set<Integer> trainRows() {
        return taken(train);
    }

    Set<Integer> testRows() {
        return taken(test);
    }

    private static Set<Integer> taken(Asked source) {
        Set<Integer> rows = Set.copyOf(source.rows());
        source.rows().clear();
        return rows;
    }

    @Override
    public void close() {
        method.close();
        engine.close();
        backbone.close();
        dataset.close();
    }
}
