package dev.palimpsest.runs;

import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.jobs.EventLevel;
import dev.palimpsest.jobs.FencedWrite;
import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.jobs.Progress;
import dev.palimpsest.methods.RunPhase;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.metrics.Headline;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.Keep;
import dev.palimpsest.results.MetricPoints.Point;
import dev.palimpsest.results.ResultRow;
import dev.palimpsest.results.RunRecorder;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.torch.DeviceMemory;
import dev.palimpsest.torch.ResidentMemory;
import dev.palimpsest.training.StepRecord;
import dev.palimpsest.training.TrainingEvent;
import dev.palimpsest.training.TrainingListener;
import dev.palimpsest.training.TrainingPlan;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// Hears one attempt, on its thread: each event becomes one fenced transaction.
final class AttemptRecorder implements TrainingListener {

    /// The end of the last task is not the end of the job: it is still to be evaluated and saved.
    private static final double MOST_PERCENT = 99.9;

    private final JobContext context;
    private final UUID job;
    private final int taskCount;
    private final int epochCount;
    private final Keep keep;
    private final RunRecorder recorder;

    private long steps;
    private double share;
    private @Nullable Double imagesPerSecond;

    AttemptRecorder(JobContext context, TrainingPlan plan, Keep keep, RunRecorder recorder) {
        this.context = context;
        this.job = context.job().id();
        this.taskCount = plan.tasks().size();
        TrainingSettings training = plan.training();
        this.epochCount = training == null ? 0 : training.epochs();
        this.keep = keep;
        this.recorder = recorder;
    }

    @Override
    public void on(TrainingEvent event) {
        switch (event) {
            case TrainingEvent.TaskStarted started -> context.write(write -> started(write, started));
            case TrainingEvent.PhaseStarted started -> context.write(write -> started(write, started));
            case TrainingEvent.Warned warned -> context.write(write -> warned(write, warned));
            case TrainingEvent.Progressed reached -> progressed(reached);
            case TrainingEvent.EpochCompleted completed -> context.write(write -> completed(write, completed));
            case TrainingEvent.PhaseEpochCompleted completed -> context.write(write -> completed(write, completed));
            case TrainingEvent.Evaluated measured ->
                context.write(write -> {
                    recorder.counts(
                            job,
                            context.attempt(),
                            measured.task() + 1,
                            measured.stage(),
                            measured.data(),
                            measured.row(),
                            measured.task() == taskCount - 1 && measured.stage() == Stage.FINAL);
                    peaks(write);
                });
            case TrainingEvent.TaskCompleted completed -> context.write(write -> completed(write, completed));
            case TrainingEvent.CheckpointSaved saved -> saved(saved);
        }
    }

    private void started(FencedWrite write, TrainingEvent.TaskStarted event) {
        int task = event.task() + 1;
        recorder.task(job, task, row -> row.start(now()));
        write.event(
                "task.started",
                EventLevel.INFO,
                "Task %d of %d started.".formatted(task, taskCount),
                data("task", task, "task_count", taskCount, "train_images", event.trainImages()));
        write.progress(progress(task, 0));
    }

    private void started(FencedWrite write, TrainingEvent.PhaseStarted event) {
        int task = event.task() + 1;
        String phase = event.phase().wire();
        write.phase(phase);
        peaks(write);
        write.event(
                "phase.started",
                EventLevel.INFO,
                "Task %d is %s.".formatted(task, phase),
                data("task", task, "phase", phase));
    }

    private static void warned(FencedWrite write, TrainingEvent.Warned event) {
        write.event(
                "warning.raised",
                EventLevel.WARNING,
                event.text(),
                data("task", event.task() + 1, "code", event.code(), "param", event.setting()));
    }

    private void progressed(TrainingEvent.Progressed event) {
        steps = event.step();
        share = event.share();
        imagesPerSecond = event.imagesPerSecond();
        context.progress(progress(event.task() + 1, event.epoch() + 1));
    }

    private void completed(FencedWrite write, TrainingEvent.EpochCompleted event) {
        int task = event.task() + 1;
        int epoch = event.epoch() + 1;
        Epoch sums = Epoch.of(event.steps());
        share = event.share();
        imagesPerSecond = event.imagesPerSecond();
        double perSecond = sums.images() / Math.max(event.seconds(), 1e-9);
        var points = new ArrayList<Point>();
        for (StepRecord step : event.steps()) {
            steps = step.step() + 1;
            points.add(new Point("train.loss", task, epoch, steps, step.loss()));
            step.terms()
                    .forEach((term, value) ->
                            points.add(new Point("train.loss." + term, task, epoch, step.step() + 1, value)));
            points.add(new Point("train.accuracy", task, epoch, steps, 100.0 * step.correct() / step.images()));
            points.add(new Point("train.learning_rate", task, epoch, steps, step.learningRate()));
            points.add(new Point("train.gradient_norm", task, epoch, steps, step.gradientNorm()));
        }
        points.add(new Point("train.images_per_second", task, epoch, steps, perSecond));
        points.add(new Point("train.epoch_seconds", task, epoch, steps, event.seconds()));
        OptionalLong resident = ResidentMemory.bytes();
        OptionalLong device = DeviceMemory.used(context.device().place());
        resident.ifPresent(bytes -> points.add(new Point("system.host_bytes", task, epoch, steps, bytes)));
        device.ifPresent(bytes -> points.add(new Point("system.device_bytes", task, epoch, steps, bytes)));
        recorder.points().add(job, context.attempt(), now(), points);
        recorder.task(job, task, row -> row.throughput(imagesPerSecond));
        write.peaks(boxed(device), boxed(resident));
        write.event(
                "epoch.completed",
                EventLevel.INFO,
                "Task %d, epoch %d of %d: loss %.4f, training accuracy %.2f."
                        .formatted(task, epoch, epochCount, sums.loss(), sums.accuracy()),
                epochData(task, epoch, sums, perSecond));
        Progress reached = progress(task, epoch);
        write.progress(reached);
        context.progress(reached);
    }

    /// Memory is highest at the ends of phases, whether or not anything trains in them.
    private void peaks(FencedWrite write) {
        write.peaks(boxed(DeviceMemory.used(context.device().place())), boxed(ResidentMemory.bytes()));
    }

    private static @Nullable Long boxed(OptionalLong bytes) {
        return bytes.isPresent() ? bytes.getAsLong() : null;
    }

    private Map<String, @Nullable Object> epochData(int task, int epoch, Epoch sums, double perSecond) {
        Map<String, @Nullable Object> data = data("task", task, "epoch", epoch, "loss", sums.loss());
        data.put("loss_terms", sums.terms());
        data.put("train_accuracy", sums.accuracy());
        data.put("images_per_second", perSecond);
        return data;
    }

    private void completed(FencedWrite write, TrainingEvent.PhaseEpochCompleted event) {
        peaks(write);
        String series = event.phase() == RunPhase.FEW_SHOT ? "few_shot.loss" : "align.loss";
        var point = new Point(series, event.task() + 1, event.epoch() + 1, steps, event.loss());
        recorder.points().add(job, context.attempt(), now(), List.of(point));
    }

    private void completed(FencedWrite write, TrainingEvent.TaskCompleted event) {
        peaks(write);
        int task = event.task() + 1;
        recorder.task(
                job,
                task,
                row -> row.learned(
                        event.trainSeconds(),
                        event.evaluateSeconds(),
                        event.trainableParameters(),
                        event.addedParameters()));
        List<Point> points = event.numbers().entrySet().stream()
                .map(number -> new Point("method." + number.getKey(), task, 0, steps, number.getValue()))
                .toList();
        recorder.points().add(job, context.attempt(), now(), points);
    }

    /// A task counts as finished when its checkpoint is safe: until then a lost attempt would learn it again.
    private void saved(TrainingEvent.CheckpointSaved event) {
        StoredCheckpoint stored = event.checkpoint();
        UUID id = CheckpointLibrary.id(stored.key());
        int task = event.task() + 1;
        steps = stored.manifest().step();
        var superseded = new ArrayList<CheckpointRow>();
        context.write(write -> {
            superseded.addAll(recorder.library().keep(job, stored, keep));
            write.latestCheckpoint(id);
            boolean taskEnd = stored.manifest().kind() == CheckpointManifest.Kind.TASK_END;
            Map<String, @Nullable Object> data =
                    data("checkpoint_id", Ids.checkpoint(id), "kind", taskEnd ? "task_end" : "in_task", "task", task);
            data.put("size_bytes", stored.sizeBytes());
            write.event("checkpoint.created", EventLevel.INFO, "Checkpoint saved in task %d.".formatted(task), data);
            if (taskEnd) {
                recorder.task(job, task, row -> row.finish(id, now()));
                taskCompleted(write, task, id);
            }
        });
        recorder.library().discard(superseded);
    }

    private void taskCompleted(FencedWrite write, int task, UUID checkpoint) {
        Optional<ResultRow> row = recorder.row(job, task);
        Map<String, @Nullable Object> data = data("task", task, "task_count", taskCount);
        data.put("correct", row.map(ResultRow::correct).orElse(null));
        data.put("test_images", row.map(ResultRow::testImages).orElse(null));
        data.put("checkpoint_id", Ids.checkpoint(checkpoint));
        String message = "Task %d of %d finished%s.".formatted(task, taskCount, row.isPresent() ? standing(task) : "");
        write.event("task.completed", EventLevel.INFO, message, data);
    }

    private String standing(int task) {
        Headline headline = recorder.headline(job, task);
        Double average = headline.finalAccuracy().value();
        Double forgetting = headline.forgetting().value();
        return (average == null ? "" : String.format(Locale.ROOT, ": average accuracy %.2f", average))
                + (forgetting == null ? "" : String.format(Locale.ROOT, ", forgetting %.2f", forgetting));
    }

    private Progress progress(int task, int epoch) {
        return new Progress(
                task, taskCount, epoch, epochCount, steps, Math.min(100 * share, MOST_PERCENT), imagesPerSecond);
    }

    private Instant now() {
        return recorder.clock().instant();
    }

    private static Map<String, @Nullable Object> data(String one, Object first, String two, Object second) {
        var data = new LinkedHashMap<String, @Nullable Object>();
        data.put(one, first);
        data.put(two, second);
        return data;
    }

    private static Map<String, @Nullable Object> data(
            String one, Object first, String two, Object second, String three, Object third) {
        Map<String, @Nullable Object> data = data(one, first, two, second);
        data.put(three, third);
        return data;
    }

    /// Means over the images of an epoch.
    private record Epoch(long images, double loss, Map<String, Double> terms, double accuracy) {

        static Epoch of(List<StepRecord> steps) {
            long images = 0;
            long correct = 0;
            double loss = 0;
            var terms = new LinkedHashMap<String, Double>();
            for (StepRecord step : steps) {
                images += step.images();
                correct += step.correct();
                loss += step.loss() * step.images();
                step.terms().forEach((term, value) -> terms.merge(term, value * step.images(), Double::sum));
            }
            double all = Math.max(images, 1);
            terms.replaceAll((term, sum) -> sum / all);
            return new Epoch(images, loss / all, terms, 100 * correct / all);
        }
    }
}
