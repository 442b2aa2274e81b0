package dev.palimpsest.experiments;

import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.training.TrainingPlan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request that create would accept, with everything that follows from it.
///
/// @param request every default filled in, the device chosen
/// @param tasks of the first job; with a class order that each job draws, the others differ
public record Plan(
        ExperimentRequest request,
        Scenario scenario,
        List<PlannedTask> tasks,
        List<PlannedJob> jobs,
        List<JobSheet.Warning> warnings,
        Estimate estimate) {

    /// What one job will do.
    record PlannedJobWork(TrainingPlan plan, List<PlannedTask> tasks) {}

    /// One job of the experiment.
    public record PlannedJob(long seed, String fingerprint, PlannedJobWork work) {}

    /// What it will cost; null without a basis.
    ///
    /// @param deviceSeconds of all jobs together
    /// @param checkpointBytes tensors of the last checkpoint of one job
    public record Estimate(
            @Nullable Range deviceSeconds,
            @Nullable Range peakDeviceBytes,
            @Nullable Range checkpointBytes) {}

    /// From low to high, with where the numbers come from, for people.
    public record Range(double low, double high, String basis) {}

    public Plan {
        tasks = List.copyOf(tasks);
        jobs = List.copyOf(jobs);
        warnings = List.copyOf(warnings);
    }

    /// Training images of one job, each counted once an epoch.
    long plannedImages() {
        int epochs = request.training() == null ? 1 : request.training().epochs();
        return tasks.stream().mapToLong(PlannedTask::trainImages).sum() * epochs;
    }
}
