package dev.palimpsest.bench;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.LocalCheckpointStore;
import dev.palimpsest.data.ClassOrder;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.SplitSpec;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.methods.ClassScope;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.FullFineTuning;
import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.Schedule;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.PixelRecipe;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.training.ContinualTrainer;
import dev.palimpsest.training.Pictures;
import dev.palimpsest.training.RunCheckpoints;
import dev.palimpsest.training.StepRecord;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TorchTrainingEngine;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingPlan;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Trains the bundled backbone `demo_vit` from random weights by full fine-tuning on drawn classes that the
/// demo does not use, and writes it as float16.
///
/// Arguments: the file to write, epochs (12).
final class DemoBackbone {

    private static final int SIDE = 32;
    private static final int PATCH = 4;
    private static final int DEPTH = 4;
    private static final int WIDTH = 128;
    private static final int HEADS = 2;
    private static final int CLASSES = 40;
    private static final int TRAIN_IMAGES = 400;
    private static final int TEST_IMAGES = 20;

    /// Of the pictures; the demo's is another one.
    private static final long PICTURE_SEED = 40_001;

    private static final long SEED = 1;

    private DemoBackbone() {}

    public static void main(String[] arguments) throws IOException {
        Path target = Path.of(arguments[0]);
        int epochs = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 12;
        Path work = Files.createTempDirectory("demo-backbone");
        Path start = work.resolve("start.safetensors");
        try (OutputStream out = Files.newOutputStream(start)) {
            Safetensors.write(out, RandomVit.of(SIDE, PATCH, DEPTH, WIDTH, SEED), Map.of("format", "pt"));
        }
        TensorBundle trained = train(start, work.resolve("checkpoints"), epochs);
        HalfPrecisionFile.write(target, trained);
        System.out.printf("%s: %d bytes%n", target, Files.size(target));
    }

    private static TensorBundle train(Path start, Path checkpoints, int epochs) {
        TorchRuntime runtime = TorchRuntime.start(Runtime.getRuntime().availableProcessors());
        runtime.prepare();
        DatasetSpec pictures = new DatasetSpec.Synthetic(CLASSES, TRAIN_IMAGES, TEST_IMAGES, SIDE, PICTURE_SEED, 1);
        RandomStreams streams = new RandomStreams(SEED);
        CheckpointStore store = new LocalCheckpointStore(checkpoints, 0);
        CheckpointKey key = new CheckpointKey("demo-backbone", 1, "last");
        try (Dataset dataset = pictures.open();
                Safetensors file = Safetensors.open(start);
                Backbone backbone = Backbone.load(runtime, file, HEADS, SIDE, ElementType.FLOAT32, "cpu")) {
            TaskSplit split = TaskSplit.of(
                    new SplitSpec.EqualClasses(1, null, new ClassOrder.Natural()),
                    dataset.labels(),
                    dataset.groups(),
                    streams);
            List<LearningTask> tasks = LearningTask.of(dataset, split, 0, streams);
            TrainingPlan plan = plan(dataset, tasks, epochs);
            Network network = new Network(
                    runtime,
                    backbone,
                    new AdapterSettings(1, Set.of(), 0, 1),
                    CLASSES,
                    true,
                    NumericMode.FP32,
                    pixels(plan.input()),
                    streams.seed(RandomStreams.Stream.INIT, 0, 0, 0));
            try (TorchTrainingEngine engine = new TorchTrainingEngine(
                            network,
                            new Pictures(dataset.train(), dataset.test(), 2, RandomNetwork.IN_MEMORY),
                            plan.scenario(),
                            256,
                            StopRequest.NEVER);
                    ContinualMethod method = ContinualMethods.create(plan.method())) {
                CheckpointManifest.Source none = new CheckpointManifest.Source("none", "none");
                RunCheckpoints saved = new RunCheckpoints(store, () -> key, none, none, null, Clock.systemUTC());
                new ContinualTrainer(plan, tasks, method, engine, saved, DemoBackbone::show, StopRequest.NEVER)
                        .run(null);
            }
        }
        try (Safetensors weights = Safetensors.open(store.open(key).file("backbone.safetensors"))) {
            return weights.readAll();
        }
    }

    private static TrainingPlan plan(Dataset dataset, List<LearningTask> tasks, int epochs) {
        LearningTask task = tasks.getFirst();
        return new TrainingPlan(
                dataset.sha256(),
                "random",
                Scenario.CLASS_INCREMENTAL,
                List.of(new TrainingPlan.PlannedTask(task.name(), task.labels())),
                InputProfile.named("plain", SIDE, new double[] {.5, .5, .5}, new double[] {.5, .5, .5}, 1, true),
                new FullFineTuning.Settings(ClassScope.TASK, null),
                new TrainingSettings(
                        epochs,
                        32,
                        new OptimizerSettings.AdamW(1e-3, null, 0.05, 0.9, 0.999, 1e-8),
                        new Schedule.Cosine(1e-5, 0),
                        1.0),
                "fp32",
                0,
                TrainingPlan.EvaluateAfter.EVERY_TASK,
                SEED);
    }

    /// Pictures as they are: each is drawn with its own place, size, angle, light and noise.
    private static PixelRecipe pixels(InputProfile input) {
        List<Double> half = List.of(.5, .5, .5);
        return new PixelRecipe(false, 1, 1, false, false, 0, 0, input.side(), false, half, half);
    }

    private static void show(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.EpochCompleted epoch ->
                System.out.printf(
                        "epoch %d: loss %.3f, training accuracy %.1f %%, %.0f s%n",
                        epoch.epoch() + 1,
                        epoch.steps().stream()
                                .mapToDouble(StepRecord::loss)
                                .average()
                                .orElse(0),
                        100.0
                                * epoch.steps().stream()
                                        .mapToInt(StepRecord::correct)
                                        .sum()
                                / epoch.steps().stream()
                                        .mapToInt(StepRecord::images)
                                        .sum(),
                        epoch.seconds());
            case TrainingEvent.Evaluated row -> {
                List<@Nullable Integer> right = row.row().correct().get(Measure.TOP1);
                System.out.printf("test: %s of %s%n", right, row.row().testImages());
            }
            case TrainingEvent.TaskStarted _,
                    TrainingEvent.PhaseStarted _,
                    TrainingEvent.Warned _,
                    TrainingEvent.Progressed _,
                    TrainingEvent.PhaseEpochCompleted _,
                    TrainingEvent.TaskCompleted _,
                    TrainingEvent.CheckpointSaved _ -> {}
        }
    }
}
