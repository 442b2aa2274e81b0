package dev.palimpsest.runs;

import dev.palimpsest.catalogue.Backbones;
import dev.palimpsest.catalogue.InputUnavailableException;
import dev.palimpsest.catalogue.StorageSettings;
import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.experiments.JobPayload;
import dev.palimpsest.experiments.JobRecords;
import dev.palimpsest.experiments.MemoryBudget;
import dev.palimpsest.jobs.Attempt;
import dev.palimpsest.jobs.AttemptRepository;
import dev.palimpsest.jobs.Device;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobContext;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.InvalidWeightsException;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.InvalidSafetensorsException;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.NumericModes;
import dev.palimpsest.torch.ProgramArchive;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.training.MergedModel;
import dev.palimpsest.training.PictureMemory;
import dev.palimpsest.training.Pictures;
import dev.palimpsest.training.PlannedEngine;
import dev.palimpsest.training.StopRequest;
import dev.palimpsest.training.TorchTrainingEngine;
import dev.palimpsest.training.TrainingPlan;
import dev.palimpsest.workers.SlotWork;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.info.BuildProperties;
import org.springframework.boot.info.GitProperties;
import org.springframework.stereotype.Component;

/// Puts network, numbers and pictures of one attempt together.
@Component
class RunEngines {

    private static final String KERNELS = "kernels";

    /// Of cuBLAS: with a workspace of its own, equal products have equal bits.
    private static final String WORKSPACE = "CUBLAS_WORKSPACE_CONFIG";

    private final Backbones backbones;
    private final AttemptRepository attempts;
    private final ObjectProvider<TorchRuntime> runtime;
    private final ObjectProvider<NumericModes> modes;
    private final EngineSettings settings;
    private final MemoryBudget memory;
    private final StorageSettings storage;
    private final ObjectProvider<BuildProperties> build;
    private final ObjectProvider<GitProperties> git;

    RunEngines(
            Backbones backbones,
            AttemptRepository attempts,
            ObjectProvider<TorchRuntime> runtime,
            ObjectProvider<NumericModes> modes,
            EngineSettings settings,
            MemoryBudget memory,
            StorageSettings storage,
            ObjectProvider<BuildProperties> build,
            ObjectProvider<GitProperties> git) {
        this.backbones = backbones;
        this.attempts = attempts;
        this.runtime = runtime;
        this.modes = modes;
        this.settings = settings;
        this.memory = memory;
        this.storage = storage;
        this.build = build;
        this.git = git;
    }

    /// The numeric mode of a job: that of its first attempt, or chosen here.
    NumericMode mode(Job job, Device place, JobPayload payload) {
        String device = place.place();
        for (Attempt earlier : attempts.findByJobIdOrderByNumber(job.id())) {
            if (earlier.environment().get(KERNELS) instanceof String kernels) {
                return NumericMode.byName(kernels);
            }
        }
        VitShape shape = shape(payload).at(payload.plan().input().side());
        int batch = payload.plan().training() == null
                ? payload.request().evaluation().batchSize()
                : payload.plan().training().batchSize();
        return modes.getObject()
                .resolve(
                        job.precision(),
                        device,
                        shape.width(),
                        shape.tokens(),
                        shape.heads(),
                        Math.min(
                                batch,
                                shape.passImages(device, runtime.getObject().threads())));
    }

    private VitShape shape(JobPayload payload) {
        return backbones.find(payload.backboneId()).orElseThrow().shape();
    }

    /// The weights on the device, resized for the side of the plan. The caller closes them after the engine.
    Backbone load(Device device, JobPayload payload) {
        TrainingPlan plan = payload.plan();
        VitShape shape = shape(payload);
        try (Safetensors file = Safetensors.open(backbones.file(payload.backboneId(), plan.backboneSha256()))) {
            return Backbone.load(
                    runtime.getObject(), file, shape.heads(), plan.input().side(), ElementType.FLOAT32, device.place());
        } catch (InvalidSafetensorsException | InvalidWeightsException faulty) {
            throw new InputUnavailableException(
                    InputUnavailableException.Input.BACKBONE,
                    "The weights of backbone '%s' cannot be used: %s. Register them anew."
                            .formatted(payload.backboneId(), faulty.getMessage()));
        }
    }

    /// A network for the whole run, with its pictures. The caller closes it.
    ///
    /// @param evaluationBatch test images decoded at once
    TorchTrainingEngine open(
            JobPayload payload,
            Backbone backbone,
            Dataset dataset,
            List<LearningTask> tasks,
            NumericMode mode,
            int evaluationBatch,
            StopRequest stop) {
        return new PlannedEngine(payload.plan(), tasks, pictures(dataset), evaluationBatch)
                .open(runtime.getObject(), backbone, mode, stop);
    }

    Pictures pictures(Dataset dataset) {
        return new Pictures(
                dataset.train(),
                dataset.test(),
                settings.decodeThreads(),
                new PictureMemory(memory.imageStore(), storage.pictureFolder(), storage.freeSpace()));
    }

    /// Where a merged model runs.
    MergedModel.Place place(Backbone backbone, NumericMode mode, StopRequest stop) {
        return new MergedModel.Place(runtime.getObject(), backbone, mode, stop);
    }

    /// Whether a node wants its slot back.
    static StopRequest stop(SlotWork.Turn turn) {
        return () -> turn.stopping().getAsBoolean() ? StopRequest.Ask.STOP_NOW : StopRequest.Ask.GO_ON;
    }

    /// What the attempt runs in, as the record shows it.
    Map<String, @Nullable Object> environment(JobContext context, NumericMode mode) {
        TorchRuntime torch = runtime.getObject();
        BuildProperties release = build.getIfAvailable();
        GitProperties commit = git.getIfAvailable();
        Map<String, @Nullable Object> environment = new LinkedHashMap<>();
        environment.put("attempt", context.attempt());
        environment.put("palimpsest", release == null ? "development" : release.getVersion());
        environment.put("commit", commit == null ? null : commit.getShortCommitId());
        environment.put("java", Runtime.version().toString());
        environment.put("djl", torch.djlVersion());
        environment.put("libtorch", torch.libtorchVersion());
        environment.put("device_name", context.device().name());
        environment.put("driver", null);
        environment.put("threads", torch.threads());
        environment.put("precision", precision(mode));
        environment.put(KERNELS, mode.name());
        environment.put("deterministic", context.device().kind().equals("cpu") || System.getenv(WORKSPACE) != null);
        environment.put(
                JobRecords.PROGRAM,
                ProgramArchive.of(ProgramArchive.MAIN_SOURCES).sha256());
        return environment;
    }

    /// The mode in the words of a request.
    static String precision(NumericMode mode) {
        return mode.compute() == ElementType.BFLOAT16 ? "bf16" : "fp32";
    }
}
