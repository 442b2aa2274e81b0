package dev.palimpsest.runs;

import dev.palimpsest.checkpoints.CheckpointDraft;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.ServedModel;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.InputProfile;
import dev.palimpsest.experiments.JobSheet;
import dev.palimpsest.experiments.JobSheetRepository;
import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.jobs.NewJob;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.jobs.StopAsk;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.methods.MethodInfo;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.RunPhase;
import dev.palimpsest.metrics.CellPredictions;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.results.Keep;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.results.RunRecorder;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.training.StepRecord;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingListener;
import dev.palimpsest.training.TrainingPlan;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Primary;
import org.springframework.transaction.support.TransactionTemplate;
import tools.jackson.databind.node.JsonNodeFactory;

/// Runs without training: planned counts and losses go the way of real ones, through queue, recorder and
/// store. The counts are golden matrix G1 of `docs/metrics.md`.
@TestConfiguration(proxyBeanMethods = false)
public class ScriptedRuns {

    private static final int[] TEST_IMAGES = {1000, 1000, 1000, 1000, 2000};
    private static final int[][] CORRECT = {
        {980}, {930, 950}, {900, 910, 960}, {940, 880, 970, 930}, {910, 960, 920, 900, 1880}
    };
    private static final int STEPS_PER_EPOCH = 4;
    private static final int EPOCHS = 2;

    /// What a scripted job does.
    public enum Script {
        /// Learns all five tasks.
        G1,
        /// Runs until it is asked to stop.
        WAITS,
        /// Is lost once, in the second epoch of the second task, and then learns all five tasks.
        LOST,
        /// Fails after two tasks; its retry goes on from there.
        FAILS_ONCE,
        DIVERGES
    }

    @Bean
    @Primary
    JobHandler scriptedHandler(TrainingJob real, RunRecorder recorder, CheckpointStore store, Clock clock) {
        return context -> context.job().payload().contains("\"script\"")
                ? new Run(context, recorder, store, clock).run()
                : real.run(context);
    }

    @Bean
    Submitter submitter(
            JobQueue queue, RunRecorder recorder, JobSheetRepository sheets, TransactionTemplate transaction) {
        return new Submitter(queue, recorder, sheets, transaction);
    }

    /// Puts scripted jobs into the queue.
    public record Submitter(
            JobQueue queue, RunRecorder recorder, JobSheetRepository sheets, TransactionTemplate transaction) {

        /// Submits one job.
        ///
        /// @param pool `cuda` for a job that nobody runs
        public UUID submit(Script script, String pool, UUID experiment, int ordinal) {
            UUID id = transaction.execute(_ -> {
                Job job = queue.submit(new NewJob(
                        experiment,
                        ordinal,
                        "scripted " + script,
                        "local",
                        pool,
                        0,
                        40 + ordinal,
                        "fp32",
                        "sha256:" + "0".repeat(64),
                        "{\"script\": \"" + script + "\"}",
                        3,
                        null));
                sheets.save(new JobSheet(
                        job.id(),
                        "lorac_ipc",
                        "drawn",
                        "tiny",
                        Scenario.CLASS_INCREMENTAL,
                        Map.of(),
                        List.of(new JobSheet.Warning("single_seed", "seeds", "One seed says nothing about spread.")),
                        Map.of("team", "vision")));
                recorder.plan(job.id(), planned());
                return job.id();
            });
            if (id == null) {
                throw new IllegalStateException("no job was stored");
            }
            return id;
        }
    }

    private static List<PlannedTask> planned() {
        return IntStream.rangeClosed(1, TEST_IMAGES.length)
                .mapToObj(task -> new PlannedTask(
                        task,
                        "task " + task,
                        List.of("class " + (2 * task - 1), "class " + 2 * task),
                        List.of(2 * task - 2, 2 * task - 1),
                        16,
                        0,
                        TEST_IMAGES[task - 1]))
                .toList();
    }

    /// One attempt.
    private static final class Run {

        private final JobContext context;
        private final RunRecorder recorder;
        private final CheckpointStore store;
        private final Clock clock;
        private final Script script;

        Run(JobContext context, RunRecorder recorder, CheckpointStore store, Clock clock) {
            this.context = context;
            this.recorder = recorder;
            this.store = store;
            this.clock = clock;
            this.script = Script.valueOf(SettingsBinder.mapper()
                    .readTree(context.job().payload())
                    .get("script")
                    .asString());
        }

        AttemptEnd run() throws InterruptedException {
            recorder.begin(context);
            TrainingListener listener = new AttemptRecorder(context, plan(), Keep.TASK_ENDS, recorder);
            context.running();
            return switch (script) {
                case WAITS -> {
                    while (context.stop() == StopAsk.GO_ON) {
                        Thread.sleep(20);
                    }
                    yield new AttemptEnd.Stopped();
                }
                case DIVERGES -> new AttemptEnd.Failed(StatusReason.NON_FINITE_LOSS, "The loss is not finite.");
                case G1, LOST, FAILS_ONCE -> learn(listener);
            };
        }

        private AttemptEnd learn(TrainingListener listener) {
            boolean again = context.attempt() > 1;
            boolean retried = context.job().retryOf().isPresent();
            for (int task = retried ? 2 : again ? 1 : 0; task < CORRECT.length; task++) {
                if (script == Script.FAILS_ONCE && !retried && task == 2) {
                    return new AttemptEnd.Failed(StatusReason.NON_FINITE_LOSS, "The loss is not finite.");
                }
                listener.on(new TrainingEvent.TaskStarted(task, 16));
                listener.on(new TrainingEvent.PhaseStarted(task, RunPhase.TRAINING));
                for (int epoch = again && task == 1 ? 1 : 0; epoch < EPOCHS; epoch++) {
                    listener.on(epoch(task, epoch));
                    if (epoch == 0) {
                        listener.on(new TrainingEvent.CheckpointSaved(task, epoch, save(task, 1)));
                    }
                }
                if (script == Script.LOST && !again && task == 1) {
                    return new AttemptEnd.Failed(StatusReason.WORKER_LOST, "The worker stopped answering.");
                }
                listener.on(new TrainingEvent.PhaseEpochCompleted(task, RunPhase.ALIGNING, 0, 0.5));
                listener.on(new TrainingEvent.Evaluated(task, Stage.FINAL, EvaluationData.TEST, row(task)));
                listener.on(new TrainingEvent.TaskCompleted(
                        task, 1.5, 0.25, 1000, 900, Map.of("frozen_sites", (double) task)));
                listener.on(new TrainingEvent.CheckpointSaved(task, null, save(task, null)));
            }
            return new AttemptEnd.Finished();
        }

        private static TrainingEvent epoch(int task, int epoch) {
            var steps = new ArrayList<StepRecord>();
            for (int i = 0; i < STEPS_PER_EPOCH; i++) {
                long step = (long) (task * EPOCHS + epoch) * STEPS_PER_EPOCH + i;
                steps.add(new StepRecord(step, 2.0 - 0.01 * step, terms(step), 1.0, 2, 4, 0.001));
            }
            double share = (task * EPOCHS + epoch + 1.0) / (CORRECT.length * EPOCHS);
            return new TrainingEvent.EpochCompleted(task, epoch, steps, 0.5, share, null);
        }

        private static Map<String, Double> terms(long step) {
            Map<String, Double> terms = new LinkedHashMap<>();
            terms.put("cross_entropy", 1.9 - 0.01 * step);
            terms.put("orthogonality", 0.1);
            return terms;
        }

        private static MeasuredRow row(int task) {
            List<Integer> images =
                    IntStream.rangeClosed(0, task).mapToObj(j -> TEST_IMAGES[j]).toList();
            List<@Nullable Integer> right = new ArrayList<>(IntStream.rangeClosed(0, task)
                    .mapToObj(j -> CORRECT[task][j])
                    .toList());
            List<CellPredictions> cells =
                    IntStream.rangeClosed(0, task).mapToObj(j -> cell(task, j)).toList();
            return new MeasuredRow(images, Map.of(Measure.TOP1, right, Measure.TASK_KNOWN, right), cells);
        }

        /// Of the images of a task the first ones are right; the others are taken for the next class of those learned.
        @SuppressWarnings("NullAway") // a class file of a record does not say that an array may be missing
        private static CellPredictions cell(int after, int task) {
            int[] images = new int[TEST_IMAGES[task]];
            int[] classes = new int[images.length];
            int[] predicted = new int[images.length];
            short[] own = new short[images.length];
            short[] best = new short[images.length];
            for (int i = 0; i < images.length; i++) {
                boolean right = i < CORRECT[after][task];
                images[i] = TEST_IMAGES.length * i + task;
                classes[i] = 2 * task + i % 2;
                predicted[i] = right ? classes[i] : (classes[i] + 1) % (2 * (after + 1));
                best[i] = Float.floatToFloat16((float) Math.log(0.5));
                own[i] = right ? best[i] : Float.floatToFloat16((float) Math.log(0.25));
            }
            return new CellPredictions(task, images, classes, predicted, null, new CellPredictions.Scores(own, best));
        }

        private StoredCheckpoint save(int task, @Nullable Integer epochs) {
            var key = new CheckpointKey(Ids.job(context.job().id()), context.attempt(), Ids.checkpoint(Ids.next()));
            long step = (long) STEPS_PER_EPOCH * (task * EPOCHS + (epochs == null ? EPOCHS : epochs));
            try (CheckpointDraft draft = store.begin(key)) {
                draft.add(
                        "adapters.safetensors",
                        out -> out.write("0123456789".repeat(100).getBytes(StandardCharsets.US_ASCII)));
                return draft.finish(new CheckpointManifest(
                        CheckpointManifest.FORMAT_VERSION,
                        key.checkpointId(),
                        key.jobId(),
                        key.attempt(),
                        clock.instant(),
                        context.job().fingerprint(),
                        epochs == null ? CheckpointManifest.Kind.TASK_END : CheckpointManifest.Kind.IN_TASK,
                        task + 1,
                        epochs,
                        step,
                        epochs == null ? null : 1.0,
                        true,
                        true,
                        List.of("adapters"),
                        List.of(new CheckpointManifest.KnownClass("class 1", 1, 0)),
                        new CheckpointManifest.Source("tiny", "b".repeat(64)),
                        new CheckpointManifest.Source("drawn", "d".repeat(64)),
                        new CheckpointManifest.RandomPosition(42),
                        List.of(),
                        SettingsBinder.write(plan()),
                        new ServedModel(
                                new ServedModel.Network(32, 8, 4, 1, 8, 1, 8),
                                new ServedModel.Pixels(
                                        32,
                                        ServedModel.Resize.NONE,
                                        null,
                                        null,
                                        ServedModel.Crop.NONE,
                                        List.of(0.0, 0.0, 0.0),
                                        List.of(1.0, 1.0, 1.0)),
                                new ServedModel.Numbers("fp32", "fp32"),
                                List.of(),
                                null,
                                null),
                        List.of()));
            }
        }
    }

    private static TrainingPlan plan() {
        MethodInfo info = ContinualMethods.all().stream()
                .filter(method -> method.name().equals("lorac_ipc"))
                .findFirst()
                .orElseThrow();
        MethodSettings method = SettingsBinder.read(
                JsonNodeFactory.instance.objectNode().put("name", info.name()), MethodSettings.class);
        List<TrainingPlan.PlannedTask> tasks = planned().stream()
                .map(task -> new TrainingPlan.PlannedTask(task.name(), task.classes()))
                .toList();
        return new TrainingPlan(
                "d",
                "b",
                Scenario.CLASS_INCREMENTAL,
                tasks,
                InputProfile.named("plain", 32, new double[] {0, 0, 0}, new double[] {1, 1, 1}, 0.875, false),
                method,
                info.training(),
                "fp32",
                0,
                TrainingPlan.EvaluateAfter.EVERY_TASK,
                42);
    }
}
