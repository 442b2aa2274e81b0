package dev.palimpsest.experiments;

import dev.palimpsest.jobs.Job;
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

    String toJson() {
        return SettingsBinder.write(this).toString();
    }
}
