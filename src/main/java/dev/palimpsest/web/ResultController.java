package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSearch;
import dev.palimpsest.experiments.SeedSummaries;
import dev.palimpsest.experiments.SeedSummary;
import dev.palimpsest.http.Wire;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.metrics.ContinualMetrics;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.results.Results;
import dev.palimpsest.settings.RequestRefusedException;
import io.swagger.v3.oas.annotations.Operation;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What came of jobs: matrices of counts and every number that is computed from them.
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
class ResultController {

    private static final String CSV = "text/csv";
    private static final List<String> HEADLINE =
            List.of("final_accuracy", "average_incremental_accuracy", "forgetting");

    private final JobSearch search;
    private final Results results;
    private final SeedSummaries summaries;

    ResultController(JobSearch search, Results results, SeedSummaries summaries) {
        this.search = search;
        this.results = results;
        this.summaries = summaries;
    }

    @GetMapping(path = "/jobs/{id}/accuracy-matrix", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "getAccuracyMatrix",
            summary = "How many test images of each task were right after each task",
            tags = "jobs")
    MatrixBody matrix(
            @PathVariable("id") String id,
            @RequestParam(name = "measure", defaultValue = "top1") String measure,
            @RequestParam(name = "stage", defaultValue = "final") String stage,
            @RequestParam(name = "data", defaultValue = "test") String data) {
        Job job = search.get(Wire.jobId(id));
        return MatrixBody.of(job.id(), measured(job, measure, stage, data), data);
    }

    /// One line a measured cell, so that no blank can be read as zero.
    @GetMapping(path = "/jobs/{id}/accuracy-matrix", produces = CSV)
    @Operation(operationId = "getAccuracyMatrix", tags = "jobs")
    String table(
            @PathVariable("id") String id,
            @RequestParam(name = "measure", defaultValue = "top1") String measure,
            @RequestParam(name = "stage", defaultValue = "final") String stage,
            @RequestParam(name = "data", defaultValue = "test") String data) {
        return MatrixBody.csv(measured(search.get(Wire.jobId(id)), measure, stage, data));
    }

    @GetMapping("/jobs/{id}/cl-metrics")
    @Operation(
            operationId = "getContinualMetrics",
            summary = "Continual-learning metrics, each with its definition",
            tags = "jobs")
    MetricsBody metrics(
            @PathVariable("id") String id,
            @RequestParam(name = "measure", defaultValue = "top1") String measure,
            @RequestParam(name = "stage", defaultValue = "final") String stage,
            @RequestParam(name = "data", defaultValue = "test") String data,
            @RequestParam(name = "variants", defaultValue = "false") boolean variants) {
        Job job = search.get(Wire.jobId(id));
        var what = new MetricsBody.Of(
                Wire.choice("measure", measure, Measure.class),
                Wire.choice("stage", stage, Stage.class),
                Wire.choice("data", data, EvaluationData.class));
        ContinualMetrics metrics = results.metrics(job.id(), what.measure(), what.stage(), what.data());
        return MetricsBody.of(job, what, metrics, results.tasks(job.id()), variants);
    }

    @GetMapping("/experiments/{id}/summary")
    @Operation(
            operationId = "getExperimentSummary",
            summary = "Metrics over seeds, by grid point",
            tags = "experiments")
    SummaryBody summary(
            @PathVariable("id") String id,
            @RequestParam(name = "metric", required = false) @Nullable List<String> names,
            @RequestParam(name = "data", defaultValue = "test") String data) {
        UUID experiment = Wire.experimentId(id);
        var sheets = search.ofExperiment(experiment);
        if (sheets.isEmpty()) {
            throw Wire.notFound("experiment", id).get();
        }
        List<String> wanted = names == null ? HEADLINE : names;
        for (String name : wanted) {
            if (!SeedSummary.known(name)) {
                throw new RequestRefusedException(
                        400, "invalid_parameter", "metric", "There is no metric '%s' in clm-1.".formatted(name));
            }
        }
        EvaluationData images = Wire.choice("data", data, EvaluationData.class);
        return SummaryBody.of(experiment, images, summaries.of(sheets, wanted, images));
    }

    private Results.Measured measured(Job job, String measure, String stage, String data) {
        return results.matrix(
                job.id(),
                Wire.choice("measure", measure, Measure.class),
                Wire.choice("stage", stage, Stage.class),
                Wire.choice("data", data, EvaluationData.class));
    }
}
