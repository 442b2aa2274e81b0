package dev.palimpsest.runs;

import dev.palimpsest.catalogue.DatasetState;
import dev.palimpsest.catalogue.Datasets;
import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.experiments.JobPayload;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.CheckpointState;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.Faults;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.settings.SettingsCheck;
import dev.palimpsest.settings.Suggestion;
import dev.palimpsest.training.EvaluationProtocol;
import dev.palimpsest.training.MergedModel;
import dev.palimpsest.training.TrainingPlan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;
import tools.jackson.databind.JsonNode;

/// Reads the request of an evaluation and finds everything that speaks against it.
@Component
class EvaluationCheck {

    private static final String DATASET = "dataset_id";
    private static final String PROTOCOL = "protocol";

    private final Datasets datasets;
    private final CheckpointLibrary library;

    EvaluationCheck(Datasets datasets, CheckpointLibrary library) {
        this.datasets = datasets;
        this.library = library;
    }

    /// @param other whose test images are taken; null for the job's own
    record Checked(EvaluationRequest request, @Nullable RegisteredDataset other) {}

    /// @throws RequestRefusedException if the checkpoint is no finished model, or with every fault of the body
    Checked check(JsonNode body, CheckpointRow checkpoint, Job job) {
        requireModel(checkpoint, job);
        Faults faults = new Faults();
        faults.addAll(SettingsCheck.check(body, EvaluationRequest.class, ""));
        if (faults.clean(PROTOCOL) && text(body, PROTOCOL).equals(EvaluationProtocol.BATCH_MAJORITY_TASK.wire())) {
            checkVote(checkpoint, job, faults);
        }
        RegisteredDataset other = null;
        if (faults.clean(DATASET) && body.path(DATASET).isString()) {
            other = datasets.find(text(body, DATASET)).orElse(null);
            checkDataset(text(body, DATASET), other, checkpoint, job, faults);
        }
        faults.refuseIfAny();
        return new Checked(SettingsBinder.read(body, EvaluationRequest.class), other);
    }

    private static String text(JsonNode body, String field) {
        return body.path(field).stringValue("");
    }

    private static void requireModel(CheckpointRow checkpoint, Job job) {
        String id = Ids.checkpoint(checkpoint.id());
        if (checkpoint.status() != CheckpointState.READY) {
            notReady("Checkpoint %s is %s and cannot be evaluated."
                    .formatted(id, checkpoint.status().wire()));
        }
        if (checkpoint.kind() == CheckpointManifest.Kind.IN_TASK) {
            notReady("Checkpoint %s was saved inside task %d and is no finished model; kind must be task_end."
                    .formatted(id, checkpoint.task()));
        }
        if (merged(checkpoint)) {
            return;
        }
        TrainingPlan plan = JobPayload.of(job).plan();
        int tasks = plan.tasks().size();
        if (plan.method().info().traits().joint() && checkpoint.task() < tasks) {
            notReady("Checkpoint %s is from after task %d of %d, and %s learns all of them in the last."
                    .formatted(
                            id, checkpoint.task(), tasks, plan.method().info().name()));
        }
    }

    private static void notReady(String detail) {
        throw new RequestRefusedException(409, "checkpoint_not_ready", "", detail);
    }

    private static boolean merged(CheckpointRow checkpoint) {
        return checkpoint.kind() == CheckpointManifest.Kind.MERGED;
    }

    private static void checkVote(CheckpointRow checkpoint, Job job, Faults faults) {
        if (merged(checkpoint)) {
            faults.add(
                    "not_supported_by_method",
                    PROTOCOL,
                    "Merged checkpoint %s does not infer the task of an image, so there is nothing to vote on; use per_image."
                            .formatted(Ids.checkpoint(checkpoint.id())));
            return;
        }
        var method = JobPayload.of(job).plan().method();
        if (!method.infersTask()) {
            boolean able = method.info().traits().infersTask();
            faults.add(
                    "not_supported_by_method",
                    PROTOCOL,
                    "%s of job %s does not infer the task of an image%s, so there is nothing to vote on; use per_image."
                            .formatted(
                                    method.info().name(),
                                    Ids.job(job.id()),
                                    able ? " without its task_inference" : ""));
        }
    }

    private void checkDataset(
            String asked, @Nullable RegisteredDataset other, CheckpointRow checkpoint, Job job, Faults faults) {
        if (other == null) {
            faults.add(
                    "unknown_dataset",
                    DATASET,
                    "There is no data set '%s'.%s".formatted(asked, Suggestion.of(asked, datasets.ids())));
            return;
        }
        if (other.state() != DatasetState.READY) {
            String code = other.state() == DatasetState.UNAVAILABLE ? "dataset_unavailable" : "dataset_not_ready";
            faults.add(
                    code,
                    DATASET,
                    "Data set '%s' is %s; it must be ready."
                            .formatted(asked, other.state().wire()));
            return;
        }
        JobPayload payload = JobPayload.of(job);
        if (payload.plan().scenario() == Scenario.DOMAIN_INCREMENTAL) {
            faults.add(
                    "not_supported_by_method",
                    DATASET,
                    "The tasks of job %s share their labels, so a label does not tell the task; leave dataset_id out."
                            .formatted(Ids.job(job.id())));
            return;
        }
        List<PlannedTask> learned =
                merged(checkpoint) ? mergedTasks(checkpoint) : payload.tasks().subList(0, checkpoint.task());
        faults.addAll(OtherTestSet.faults(asked, other.facts().orElseThrow(), learned, DATASET));
    }

    private List<PlannedTask> mergedTasks(CheckpointRow checkpoint) {
        List<PlannedTask> tasks = new ArrayList<>();
        for (TrainingPlan.PlannedTask task : MergedModel.planned(List.of(library.manifest(checkpoint)))) {
            tasks.add(new PlannedTask(tasks.size() + 1, task.name(), task.classes(), List.of(), 0, 0, 0));
        }
        return tasks;
    }
}
