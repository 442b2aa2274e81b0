package dev.palimpsest.runs;

import dev.palimpsest.catalogue.Datasets;
import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.CheckpointStore;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.experiments.JobPayload;
import dev.palimpsest.files.ReadInterruption;
import dev.palimpsest.jobs.AttemptEnd;
import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.jobs.JobHandler;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.jobs.StopAsk;
import dev.palimpsest.methods.ContinualMethod;
import dev.palimpsest.methods.ContinualMethods;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.RunRecorder;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.training.ContinualTrainer;
import dev.palimpsest.training.RunCheckpoints;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TrainingEngine;
import dev.palimpsest.training.TrainingListener;
import dev.palimpsest.training.TrainingOutcome;
import dev.palimpsest.training.TrainingPlan;
import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.stereotype.Component;

/// Runs a job: payload to plan to trainer, from the newest good checkpoint; failures to reasons.
///
/// One call is one attempt, on a thread of its device pool, and everything with tensors happens on that
/// thread.
@Component
class TrainingJob implements JobHandler {

    private static final Logger log = LoggerFactory.getLogger(TrainingJob.class);

    private final Datasets datasets;
    private final RunEngines engines;
    private final CheckpointStore store;
    private final Clock clock;
    private final CheckpointLibrary library;
    private final RunRecorder recorder;
    private final ObjectProvider<TorchRuntime> runtime;

    TrainingJob(
            Datasets datasets,
            RunEngines engines,
            CheckpointStore store,
            Clock clock,
            CheckpointLibrary library,
            RunRecorder recorder,
            ObjectProvider<TorchRuntime> runtime) {
        this.datasets = datasets;
        this.engines = engines;
        this.store = store;
        this.clock = clock;
        this.library = library;
        this.recorder = recorder;
        this.runtime = runtime;
    }

    @Override
    public AttemptEnd run(JobContext context) throws IOException {
        try {
            runtime.getObject().prepare();
            return attempt(context, JobPayload.of(context.job()));
        } catch (Exception | Error failure) {
            if (ReadInterruption.causes(failure)) {
                return stopped();
            }
            StatusReason reason = FailureReasons.of(failure).orElse(null);
            if (reason == null) {
                throw failure;
            }
            log.warn(
                    "Job {} attempt {} ended with {}",
                    Ids.job(context.job().id()),
                    context.attempt(),
                    reason.wire(),
                    failure);
            return new AttemptEnd.Failed(reason, FailureReasons.detail(failure));
        }
    }

    private AttemptEnd attempt(JobContext context, JobPayload payload) throws IOException {
        TrainingPlan plan = payload.plan();
        StopRequest stop = () -> ask(context.stop());
        try (Dataset dataset = datasets.open(payload.datasetId(), plan.datasetSha256())) {
            List<LearningTask> tasks = payload.tasksOf(dataset);
            NumericMode mode = engines.mode(context.job(), context.device(), payload);
            context.write(write -> write.environment(engines.environment(context, mode), RunEngines.precision(mode)));
            try (ContinualMethod method = ContinualMethods.create(plan.method());
                    Backbone backbone = engines.load(context.device(), payload);
                    TrainingEngine engine = engines.open(
                            payload,
                            backbone,
                            dataset,
                            tasks,
                            mode,
                            payload.request().evaluation().batchSize(),
                            stop)) {
                context.running();
                StoredCheckpoint from = library.newest(context.job().id()).orElse(null);
                recorder.begin(context);
                TrainingListener listener = new AttemptRecorder(
                        context, plan, payload.request().checkpoints().keep(), recorder);
                log.info(
                        "Job {} attempt {} begins {}",
                        Ids.job(context.job().id()),
                        context.attempt(),
                        from == null ? "from the start" : "from " + from.key());
                return end(
                        new ContinualTrainer(plan, tasks, method, engine, checkpoints(context, payload), listener, stop)
                                .run(from));
            }
        }
    }

    private RunCheckpoints checkpoints(JobContext context, JobPayload payload) {
        String job = Ids.job(context.job().id());
        return new RunCheckpoints(
                store,
                () -> new CheckpointKey(job, context.attempt(), Ids.checkpoint(Ids.next())),
                new CheckpointManifest.Source(
                        payload.backboneId(), payload.plan().backboneSha256()),
                new CheckpointManifest.Source(
                        payload.datasetId(), payload.plan().datasetSha256()),
                payload.request().checkpoints().everyEpochs(),
                clock);
    }

    private static StopRequest.Ask ask(StopAsk asked) {
        return switch (asked) {
            case GO_ON -> StopRequest.Ask.GO_ON;
            case STOP_AT_SAFE_POINT -> StopRequest.Ask.STOP_AT_SAFE_POINT;
            case STOP_NOW -> StopRequest.Ask.STOP_NOW;
        };
    }

    private static AttemptEnd stopped() {
        Thread.interrupted(); // the flag would break the last write
        return new AttemptEnd.Stopped();
    }

    private static AttemptEnd end(TrainingOutcome outcome) {
        return switch (outcome) {
            case TrainingOutcome.Completed() -> new AttemptEnd.Finished();
            case TrainingOutcome.Stopped _ -> stopped();
            case TrainingOutcome.Diverged(String message) ->
                new AttemptEnd.Failed(StatusReason.NON_FINITE_LOSS, message);
        };
    }
}
