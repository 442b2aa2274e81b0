package dev.palimpsest.web;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.palimpsest.experiments.Experiment;
import dev.palimpsest.experiments.ExperimentView;
import dev.palimpsest.experiments.JobLine;
import dev.palimpsest.experiments.JobSheet;
import dev.palimpsest.settings.Ids;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// An experiment as it stands on the wire.
///
/// @param jobs at most 256; left out in lists
record ExperimentAnswer(
        String object,
        String id,
        String name,
        @Nullable String description,
        String status,
        String methodName,
        String datasetId,
        String backboneId,
        String scenario,
        int taskCount,
        List<Long> seeds,
        Map<String, Object> grid,
        @Nullable String parentCheckpointId,
        @Nullable String clonedFrom,
        Map<String, Integer> jobCounts,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<JobEntry> jobs,
        List<JobSheet.Warning> warnings,
        String owner,
        Instant createdAt,
        Map<String, String> metadata) {

    private static final int MOST_JOBS = 256;

    /// A job as its experiment shows it.
    record JobEntry(String id, long seed, Map<String, Object> gridPoint, String status) {

        static JobEntry of(JobLine job) {
            return new JobEntry(
                    Ids.job(job.id()), job.seed(), Map.of(), job.state().wire());
        }
    }

    static ExperimentAnswer of(ExperimentView view) {
        return of(view, view.jobs().stream().limit(MOST_JOBS).map(JobEntry::of).toList());
    }

    static ExperimentAnswer withoutJobs(ExperimentView view) {
        return of(view, null);
    }

    private static ExperimentAnswer of(ExperimentView view, @Nullable List<JobEntry> jobs) {
        Experiment experiment = view.experiment();
        return new ExperimentAnswer(
                "experiment",
                Ids.experiment(experiment.id()),
                experiment.name(),
                experiment.description().orElse(null),
                view.status(),
                experiment.methodName(),
                experiment.datasetId(),
                experiment.backboneId(),
                experiment.scenario(),
                experiment.taskCount(),
                experiment.request().seeds(),
                Map.of(),
                null,
                null,
                view.jobCounts(),
                jobs,
                experiment.warnings(),
                experiment.owner(),
                experiment.createdAt(),
                experiment.metadata());
    }
}
