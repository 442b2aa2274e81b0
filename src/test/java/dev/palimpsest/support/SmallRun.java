package dev.palimpsest.support;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.FreeSpace;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.data.ClassOrder;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.SplitSpec;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.memory.ClassStatistics;
import dev.palimpsest.methods.AdapterChoice;
import dev.palimpsest.methods.AlignmentSettings;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.ExemplarSettings;
import dev.palimpsest.methods.FewShotSettings;
import dev.palimpsest.methods.InfLora;
import dev.palimpsest.methods.LoracIpc;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.OptimizerSettings;
import dev.palimpsest.methods.Schedule;
import dev.palimpsest.methods.SlcaAlignment;
import dev.palimpsest.methods.TaskArithmetic;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.TinyNetworks;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.training.ContinualTrainer;
import dev.palimpsest.training.PictureMemory;
import dev.palimpsest.training.Pictures;
import dev.palimpsest.training.PlannedEngine;
import dev.palimpsest.training.RunCheckpoints;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TorchTrainingEngine;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingOutcome;
import dev.palimpsest.training.TrainingPlan;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// A complete run on a tiny network and drawn pictures, in a fraction of a second: three tasks of two
/// classes, random crops, two epochs. Checkpoints stay in memory.
///
/// Longer than 350 lines: the small run of every method stands here, once for all tests.
public final class SmallRun implements AutoCloseable {

    /// Pictures of any size stay in memory.
    public static final PictureMemory IN_MEMORY =
            new PictureMemory(Long.MAX_VALUE, Path.of("target/pictures"), new FreeSpace(0));

    public static final int TASKS = 3;
    public static final int EPOCHS = 2;

    /// Of the weights that [TinyNetworks] draws.
    public static final long BACKBONE_SEED = 3;

    private static final int CLASSES = 6;
    private static final int TRAIN_PER_CLASS = 10;
    private static final int TEST_PER_CLASS = 5;
    private static final int BATCH = 8;
    public static final TrainingSettings TRAINING = new TrainingSettings(
            EPOCHS,
            BATCH,
            new OptimizerSettings.Adam(0.005, null, 0, 0.9, 0.999, 1e-8),
            new Schedule.Cosine(1e-5, 1),
            1.0);
    private static final CheckpointManifest.Source NOWHERE = new CheckpointManifest.Source("none", "none");

    private final TrainingPlan plan;
    private final InMemoryCheckpointStore store;
    private final Backbone backbone;
    private final Dataset dataset;
    private final List<LearningTask> tasks;
    private final TorchTrainingEngine engine;
    private final ContinualMethod method;
    private final StopRequest stop;
    private final int attempt;
    private final List<TrainingEvent> events = new ArrayList<>();

    /// What distinguishes one run from another.
    ///
    /// @param evaluationBatch test images decoded at once
    /// @param stop asked as in production
    /// @param made in place of the method that the settings name, or null
    public record Options(
            MethodSettings method,
            TrainingSettings training,
            NumericMode mode,
            long seed,
            int evaluationBatch,
            StopRequest stop,
            String device,
            @Nullable Supplier<ContinualMethod> made) {

        public static Options of(MethodSettings method) {
            return new Options(method, TRAINING, NumericMode.FP32, 1, 64, StopRequest.NEVER, "cpu", null);
        }

        public Options with(NumericMode other) {
            return new Options(method, training, other, seed, evaluationBatch, stop, device, made);
        }

        public Options trained(TrainingSettings other) {
            return new Options(method, other, mode, seed, evaluationBatch, stop, device, made);
        }

        public Options lasting(int epochs) {
            return trained(new TrainingSettings(
                    epochs, training.batchSize(), training.optimizer(), training.schedule(), training.clipNorm()));
        }

        public Options made(Supplier<ContinualMethod> other) {
            return new Options(method, training, mode, seed, evaluationBatch, stop, device, other);
        }

        public Options on(String other) {
            return new Options(method, training, mode, seed, evaluationBatch, stop, other, made);
        }

        public Options seeded(long other) {
            return new Options(method, training, mode, other, evaluationBatch, stop, device, made);
        }

        public Options evaluating(int batch) {
            return new Options(method, training, mode, seed, batch, stop, device, made);
        }

        public Options asking(StopRequest other) {
            return new Options(method, training, mode, seed, evaluationBatch, other, device, made);
        }
    }

    /// A run that has not started.
    ///
    /// @param store where it saves itself; a run that goes on from another one shares it
    /// @param attempt distinguishes runs of one store, from 1
    public SmallRun(Options options, InMemoryCheckpointStore store, int attempt) {
        this.store = store;
        this.attempt = attempt;
        this.stop = options.stop();
        RandomStreams streams = new RandomStreams(options.seed());
        dataset = new DatasetSpec.Synthetic(CLASSES, TRAIN_PER_CLASS, TEST_PER_CLASS, TinyNetworks.SIDE, 11).open();
        TaskSplit split = TaskSplit.of(
                new SplitSpec.EqualClasses(TASKS, null, new ClassOrder.Natural()),
                dataset.labels(),
                dataset.groups(),
                streams);
        tasks = LearningTask.of(dataset, split, 0, streams);
        InputProfile input = InputProfile.named(
                "lorac_ipc_generic", TinyNetworks.SIDE, new double[3], new double[] {1, 1, 1}, 1, true);
        plan = plan(options, split, input);
        backbone = TinyNetworks.backbone(TestPrograms.RUNTIME, ElementType.FLOAT32, BACKBONE_SEED, options.device());
        Pictures pictures = new Pictures(dataset.train(), dataset.test(), 1, IN_MEMORY);
        engine = new PlannedEngine(plan, tasks, pictures, options.evaluationBatch())
                .open(TestPrograms.RUNTIME, backbone, options.mode(), options.stop());
        Supplier<ContinualMethod> made = options.made();
        method = made == null ? ContinualMethods.create(options.method()) : made.get();
    }

    public SmallRun(Options options) {
        this(options, new InMemoryCheckpointStore(), 1);
    }

    private static TrainingPlan plan(Options options, TaskSplit split, InputProfile input) {
        List<TrainingPlan.PlannedTask> planned = IntStream.range(0, split.taskCount())
                .mapToObj(t -> new TrainingPlan.PlannedTask(split.names().get(t), split.classNames(t)))
                .toList();
        return new TrainingPlan(
                "none",
                "none",
                Scenario.CLASS_INCREMENTAL,
                planned,
                input,
                options.method(),
                options.method().info().training() == null ? null : options.training(),
                "fp32",
                0,
                TrainingPlan.EvaluateAfter.EVERY_TASK,
                options.seed());
    }

    /// LoRAC-IPC with everything on, small enough for a tiny network.
    public static LoracIpc.Settings loracIpc(LoracIpc.Fidelity fidelity) {
        return new LoracIpc.Settings(
                fidelity,
                new AdapterChoice(EnumSet.allOf(Site.class), null, 2, null),
                0.5,
                0.5,
                null,
                0.2,
                LoracIpc.CountOver.ALL_SITES,
                0.85,
                0.85,
                alignment(),
                new LoracIpc.TaskInference(2));
    }

    /// InfLoRA with a memory and alignment, small enough for a tiny network.
    public static InfLora.Settings infLora() {
        return new InfLora.Settings(
                EnumSet.of(Site.K, Site.V, Site.FC2),
                null,
                4,
                InfLora.Memory.DUAL,
                0.95,
                1,
                InfLora.Energy.SQUARED_EIGENVALUES,
                InfLora.Projection.LEFT,
                InfLora.DownInit.PROJECTED,
                new SlcaAlignment(SlcaAlignment.Statistics.COVARIANCE, 2, 0.01, 0.0005, 16, true, 0.1));
    }

    /// Task arithmetic with a stage after every task, small enough for a tiny network.
    public static TaskArithmetic.Settings taskArithmetic(
            TaskArithmetic.Head head,
            MergeRule merge,
            ExemplarSettings.Selection selection,
            FewShotSettings.Train train) {
        return new TaskArithmetic.Settings(
                EnumSet.of(Site.Q, Site.V),
                null,
                2,
                1,
                TaskArithmetic.Start.INDEPENDENT,
                head,
                0.2,
                merge,
                new ExemplarSettings(3, selection),
                new FewShotSettings(
                        train,
                        2,
                        4,
                        new OptimizerSettings.Adam(0.0005, 0.002, 1e-4, 0.9, 0.999, 1e-8),
                        new Schedule.Constant()));
    }

    /// A short alignment on two clusters a class.
    public static AlignmentSettings alignment() {
        return new AlignmentSettings(ClassStatistics.Kind.CENTROIDS, 2, 2, 0.005, 16);
    }

    /// Runs from the start, or from a checkpoint.
    public TrainingOutcome run(@Nullable StoredCheckpoint from) {
        int[] next = {0};
        RunCheckpoints checkpoints = new RunCheckpoints(
                store,
                () -> new CheckpointKey("job", attempt, "checkpoint-%03d".formatted(next[0]++)),
                NOWHERE,
                NOWHERE,
                1,
                InstantSource.fixed(Instant.EPOCH));
        return new ContinualTrainer(plan, tasks, method, engine, checkpoints, events::add, stop).run(from);
    }

    /// The newest complete checkpoint of any attempt, or null.
    public static @Nullable StoredCheckpoint newest(InMemoryCheckpointStore store) {
        List<CheckpointKey> keys = store.list("job");
        return keys.isEmpty() ? null : store.open(keys.getLast());
    }

    /// Name and digest of every tensor file of a checkpoint.
    public static Map<String, String> digests(StoredCheckpoint checkpoint) {
        Map<String, String> digests = new TreeMap<>();
        for (StoredFile file : checkpoint.manifest().files()) {
            digests.put(file.name(), file.sha256());
        }
        return digests;
    }

    /// Digests of the last checkpoint of this run.
    public Map<String, String> digests() {
        StoredCheckpoint last = newest(store);
        if (last == null) {
            throw new IllegalStateException("the run has no checkpoint");
        }
        return digests(last);
    }

    public InMemoryCheckpointStore store() {
        return store;
    }

    public List<TrainingEvent> events() {
        return List.copyOf(events);
    }

    /// Those of one kind, in order.
    public <E extends TrainingEvent> List<E> events(Class<E> kind) {
        return events.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    public Network network() {
        return engine.network();
    }

    public TorchTrainingEngine engine() {
        return engine;
    }

    public ContinualMethod method() {
        return method;
    }

    public List<LearningTask> tasks() {
        return tasks;
    }

    public Dataset dataset() {
        return dataset;
    }

    /// Test pictures of all tasks on the device.
    public ImagePixels testPictures() {
        int side = TinyNetworks.SIDE;
        int count = dataset.test().size();
        byte[] bytes = new byte[count * 3 * side * side];
        for (int i = 0; i < count; i++) {
            byte[] image = dataset.test().image(i).pixels();
            System.arraycopy(image, 0, bytes, i * image.length, image.length);
        }
        return HeapPictures.uniform(engine.network(), bytes, count, side, side);
    }

    @Override
    public void close() {
        method.close();
        engine.close();
        backbone.close();
        dataset.close();
    }
}
