package dev.palimpsest.experiments;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.LearningTask;
import dev.palimpsest.data.RandomStreams;
import dev.palimpsest.data.TaskSplit;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.SettingsBinder;
import dev.palimpsest.training.TrainingPlan;
import java.util.List;

/// What is stored with a job: its plan, the request that gives this one job again, and its tasks.
public record JobPayload(
        String datasetId, String backboneId, TrainingPlan plan, ExperimentRequest request, List<PlannedTask> tasks) {

    public JobPayload {
        tasks = List.copyOf(tasks);
    }

    public static JobPayload of(Job job) {
        return SettingsBinder.mapper().readValue(job.payload(), JobPayload.class);
    }

    /// The tasks of the plan with the rows of their images.
    public List<LearningTask> tasksOf(Dataset dataset) {
        RandomStreams streams = new RandomStreams(plan.seed());
        TaskSplit split = TaskSplit.of(request.split(), dataset.labels(), dataset.groups(), streams);
        return LearningTask.of(dataset, split, plan.validationFraction(), streams);
    }

    String toJson() {
        return SettingsBinder.write(this).toString();
    }
}
