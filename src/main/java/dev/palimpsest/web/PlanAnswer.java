package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSheet;
import dev.palimpsest.experiments.Plan;
import dev.palimpsest.results.PlannedTask;
import dev.palimpsest.settings.SettingsBinder;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A plan as it stands on the wire.
///
/// @param resolved the whole request with every default filled in
record PlanAnswer(
        String object,
        List<PlannedJob> jobs,
        JsonNode resolved,
        String scenario,
        List<Task> tasks,
        List<JobSheet.Warning> warnings,
        Plan.Estimate estimate) {

    record PlannedJob(long seed, Map<String, Object> gridPoint, String fingerprint) {}

    record Task(
            int task,
            String name,
            String datasetId,
            List<String> classes,
            int trainImages,
            int validationImages,
            int testImages) {

        static Task of(PlannedTask planned, String datasetId) {
            return new Task(
                    planned.task(),
                    planned.name(),
                    datasetId,
                    planned.classes(),
                    planned.trainImages(),
                    planned.validationImages(),
                    planned.testImages());
        }
    }

    static PlanAnswer of(Plan plan) {
        return new PlanAnswer(
                "plan",
                plan.jobs().stream()
                        .map(job -> new PlannedJob(job.seed(), Map.of(), job.fingerprint()))
                        .toList(),
                SettingsBinder.write(plan.request()),
                plan.scenario().wireName(),
                plan.tasks().stream()
                        .map(task -> Task.of(task, plan.request().datasetId()))
                        .toList(),
                plan.warnings(),
                plan.estimate());
    }
}
