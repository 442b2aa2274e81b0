package dev.palimpsest.bench;

import dev.palimpsest.data.LearningTask;
import dev.palimpsest.memory.ClassFeatures;
import dev.palimpsest.memory.InferenceStatistics;
import dev.palimpsest.methods.Inference;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.training.Pictures;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TorchTrainingEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;

/// Evaluations with task inference; prints one line of JSON.
///
/// Options: those of [RandomNetwork]; `--all` 0 for one evaluation after the tenth task with nothing cached, 1 for
/// all evaluations of a ten-task run, before and after alignment, which share what is cached; `--images` test images
/// a task; `--warm` and `--rounds`.
final class EvaluationBench {

    private static final int TASKS = 10;

    /// Training images of a class and clusters made of them, as in the CIFAR-100 archive.
    private static final int TRAIN_IMAGES = 80;

    private static final int CLUSTERS = 4;

    /// Test images that stand for the training images of a class; the rest is drawn around them.
    private static final int SEEN = 2;

    private static final double SPREAD = 0.001;

    private final RandomNetwork random;
    private final List<LearningTask> tasks = new ArrayList<>();
    private final Pictures pictures;
    private final List<Inference> inferences = new ArrayList<>();

    private EvaluationBench(RandomNetwork random, int imagesOfTask, int side) {
        this.random = random;
        int each = imagesOfTask / RandomNetwork.CLASSES_A_TASK;
        DrawnPictures source = new DrawnPictures(RandomNetwork.CLASSES, each, side);
        this.pictures = new Pictures(source, source, 1, RandomNetwork.IN_MEMORY);
        for (int t = 0; t < TASKS; t++) {
            tasks.add(task(t, each));
        }
    }

    public static void main(String[] arguments) {
        Options options = Options.of(
                arguments, "all=0 images=20 threads=1 precision=bf16 side=224 warm=1 rounds=1 model=tiny device=cpu");
        Meter meter = new Meter();
        try (RandomNetwork random = RandomNetwork.of(options)) {
            random.grow(TASKS + 1);
            EvaluationBench bench = new EvaluationBench(random, options.number("images"), options.number("side"));
            bench.learn();
            List<MeasuredRow> rows = new ArrayList<>();
            meter.run(
                    options.number("warm"),
                    options.number("rounds"),
                    () -> rows.add(options.on("all") ? bench.allEvaluations() : bench.evaluation()));
            meter.print("evaluation", options, Map.of("inferred_right", inferredRight(rows.getLast())));
        }
    }

    private static LearningTask task(int t, int each) {
        int first = t * RandomNetwork.CLASSES_A_TASK;
        int[] classes =
                IntStream.range(first, first + RandomNetwork.CLASSES_A_TASK).toArray();
        int[] test =
                IntStream.range(first * each, (first + classes.length) * each).toArray();
        int[] seen = IntStream.of(test).filter(row -> row % each < SEEN).toArray();
        List<String> labels = IntStream.of(classes).mapToObj(c -> "class " + c).toList();
        return new LearningTask(
                t, "task " + (t + 1), classes, classes, labels, first, classes.length, seen, new int[0], test);
    }

    /// Statistics of all classes after each task, so that images are inferred to be from their own task: as
    /// many from each, as in the peers.
    private void learn() {
        AdapterView first = random.snapshot(1);
        List<List<ClassFeatures>> features = new ArrayList<>();
        TorchTrainingEngine engine = engine();
        for (LearningTask task : tasks) {
            engine.open(task);
            features.add(engine.features(first).stream().map(this::widened).toList());
        }
        for (int t = 0; t < TASKS; t++) {
            InferenceStatistics statistics =
                    new InferenceStatistics(random.network().runtime(), CLUSTERS);
            List<AdapterView> snapshots = new ArrayList<>();
            for (int j = 0; j <= t; j++) {
                int task = j;
                features.get(j).forEach(one -> statistics.learn(task, one, one.classPosition()));
                snapshots.add(random.snapshot(j + 1));
            }
            inferences.add(new Inference.ByInferredTask(statistics, snapshots, true));
        }
    }

    private ClassFeatures widened(ClassFeatures few) {
        Random noise = new Random(few.classPosition());
        double[] rows = new double[TRAIN_IMAGES * few.width()];
        try (TensorScope scope = new TensorScope(random.network().runtime())) {
            double[] own = few.rows().in(scope, 0, few.count()).doubles();
            for (int i = 0; i < rows.length; i++) {
                rows[i] = own[i % own.length] + SPREAD * noise.nextGaussian();
            }
        }
        return new ClassFeatures(few.classPosition(), rows, TRAIN_IMAGES, few.width());
    }

    /// The one after the last task, by an engine that knows nothing yet.
    private MeasuredRow evaluation() {
        return engine().evaluate(inferences.getLast(), tasks, EvaluationData.TEST);
    }

    /// Before and after the alignment of every task, after the first one once; the last row.
    private MeasuredRow allEvaluations() {
        TorchTrainingEngine engine = engine();
        for (int t = 0; t < TASKS - 1; t++) {
            for (int stage = t == 0 ? 1 : 0; stage < 2; stage++) {
                engine.evaluate(inferences.get(t), tasks.subList(0, t + 1), EvaluationData.TEST);
            }
        }
        engine.evaluate(inferences.getLast(), tasks, EvaluationData.TEST);
        return engine.evaluate(inferences.getLast(), tasks, EvaluationData.TEST);
    }

    /// An engine without a cache. It owns nothing but the network, which is closed with this program.
    private TorchTrainingEngine engine() {
        return new TorchTrainingEngine(random.network(), pictures, Scenario.CLASS_INCREMENTAL, 256, StopRequest.NEVER);
    }

    /// How many images were inferred to be from their own task; they are spread evenly where it is all.
    private static int inferredRight(MeasuredRow row) {
        return row.correct().getOrDefault(Measure.INFERRED_TASK, List.of()).stream()
                .mapToInt(Objects::requireNonNull)
                .sum();
    }
}
