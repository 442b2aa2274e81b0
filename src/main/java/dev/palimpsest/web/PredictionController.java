package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSearch;
import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.metrics.Outcome;
import dev.palimpsest.results.Predictions;
import dev.palimpsest.results.Predictions.Row;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.RequestRefusedException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.filter.ShallowEtagHeaderFilter;

/// What was decided about single images, and what is counted from that (`docs/metrics.md` 8).
@RestController
@RequestMapping(path = "/api/v1/jobs/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "jobs")
class PredictionController {

    private final JobSearch search;
    private final AskedRows rows;
    private final Predictions predictions;

    PredictionController(JobSearch search, AskedRows rows, Predictions predictions) {
        this.search = search;
        this.rows = rows;
        this.predictions = predictions;
    }

    @GetMapping("/predictions")
    @Operation(
            operationId = "listJobPredictions",
            summary = "What each image was taken for, in the order of tasks and images")
    @ApiResponse(responseCode = "409", description = AskedRows.NOT_KEPT)
    ListAnswer<PredictionBody> predictions(
            @PathVariable("id") String id,
            @Parameter(description = AskedRows.AFTER_TASK)
                    @RequestParam(name = "after_task", required = false)
                    @Nullable
                    Integer afterTask,
            @Parameter(description = AskedRows.STAGE) @RequestParam(name = "stage", defaultValue = "final")
                    String stage,
            @Parameter(description = AskedRows.DATA) @RequestParam(name = "data", defaultValue = "test") String data,
            @Parameter(description = AskedRows.TASK) @RequestParam(name = "task", required = false) @Nullable
                    Integer task,
            @Parameter(description = "Only images that are correct, wrong, forgotten or recovered in the row.")
                    @RequestParam(name = "filter", required = false)
                    @Nullable
                    String filter,
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", required = false) @Nullable String after) {
        Row row = rows.find(id, afterTask, stage, data);
        List<Integer> tasks = row.tasks(task);
        Outcome outcome = outcome(filter);
        ClassNames names = rows.names(row);
        List<PredictionBody> found = AskedRows.oneMore(
                tasks,
                after,
                limit,
                (one, beyond, wanted) -> predictions.of(row, one, outcome, beyond, wanted).stream()
                        .map(image -> PredictionBody.of(row, names, image)));
        return ListAnswer.cut(found, limit, PredictionBody::id);
    }

    /// All images in one table, written task by task.
    @GetMapping(path = "/predictions", produces = Csv.TYPE)
    @Operation(operationId = "listJobPredictions")
    @ApiResponse(responseCode = "200", content = @Content(mediaType = Csv.TYPE, schema = @Schema(type = "string")))
    void predictionTable(
            @PathVariable("id") String id,
            @RequestParam(name = "after_task", required = false) @Nullable Integer afterTask,
            @RequestParam(name = "stage", defaultValue = "final") String stage,
            @RequestParam(name = "data", defaultValue = "test") String data,
            @RequestParam(name = "task", required = false) @Nullable Integer task,
            @RequestParam(name = "filter", required = false) @Nullable String filter,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        Row row = rows.find(id, afterTask, stage, data);
        List<Integer> tasks = row.tasks(task);
        Outcome outcome = outcome(filter);
        ClassNames names = rows.names(row);
        // a fault of the first task can still be answered as a problem
        String begin = PredictionBody.HEADER + lines(row, tasks.getFirst(), outcome, names);
        ShallowEtagHeaderFilter.disableContentCaching(request);
        response.setContentType(Csv.TYPE);
        response.setCharacterEncoding(StandardCharsets.UTF_8);
        Writer out = response.getWriter();
        out.write(begin);
        for (int one : tasks.subList(1, tasks.size())) {
            out.write(lines(row, one, outcome, names));
        }
    }

    private String lines(Row row, int task, @Nullable Outcome outcome, ClassNames names) {
        var text = new StringBuilder();
        predictions
                .of(row, task, outcome, -1, Integer.MAX_VALUE)
                .forEach(image ->
                        text.append(PredictionBody.of(row, names, image).csv()));
        return text.toString();
    }

    @GetMapping("/flips")
    @Operation(
            operationId = "getJobFlips",
            summary = "Images that were right before and are wrong now, and the other way round",
            description = "Compares two rows over the same images: of this job, or with a row of another job on the"
                    + " same data set. Only images that both measured count.")
    @ApiResponse(responseCode = "409", description = AskedRows.NOT_KEPT)
    FlipsBody flips(
            @PathVariable("id") String id,
            @Parameter(description = AskedRows.AFTER_TASK)
                    @RequestParam(name = "after_task", required = false)
                    @Nullable
                    Integer afterTask,
            @Parameter(description = AskedRows.STAGE) @RequestParam(name = "stage", defaultValue = "final")
                    String stage,
            @Parameter(description = AskedRows.DATA) @RequestParam(name = "data", defaultValue = "test") String data,
            @Parameter(description = "Job of the row before; this one by itself.")
                    @RequestParam(name = "from_job_id", required = false)
                    @Nullable
                    String fromJobId,
            @Parameter(
                            description = "The row before: by itself the last measured row of the other job, or the"
                                    + " one before after_task of this job.")
                    @RequestParam(name = "from_after_task", required = false)
                    @Nullable
                    Integer fromAfterTask) {
        Row now = rows.find(id, afterTask, stage, data);
        Row from;
        if (fromJobId == null) {
            from = rows.find(id, fromAfterTask == null ? before(now) : fromAfterTask, stage, data);
        } else {
            UUID other = search.get(Ids.parse(Ids.JOB, fromJobId)
                            .orElseThrow(() -> Wire.badParameter(
                                    "from_job_id",
                                    "from_job_id must be an id as job_..., got '%s'.".formatted(fromJobId))))
                    .id();
            requireSameImages(now.jobId(), other);
            from = predictions.row(other, now.data(), now.stage(), fromAfterTask);
        }
        return FlipsBody.of(from, now, predictions.flips(from, now));
    }

    private static int before(Row row) {
        return row.stages().headMap(row.afterTask()).keySet().stream()
                .reduce((_, last) -> last)
                .orElseThrow(() -> new RequestRefusedException(
                        409,
                        "not_measured",
                        "from_after_task",
                        "No row was measured before task %d.".formatted(row.afterTask())));
    }

    private void requireSameImages(UUID job, UUID other) {
        String own = dataset(job);
        String others = dataset(other);
        if (!own.equals(others)) {
            throw Wire.badParameter(
                    "from_job_id",
                    "The jobs must be measured on the same data set, got '%s' and '%s'.".formatted(own, others));
        }
    }

    private String dataset(UUID job) {
        return search.sheet(job).map(sheet -> sheet.datasetId()).orElse("");
    }

    private static @Nullable Outcome outcome(@Nullable String filter) {
        return filter == null ? null : Wire.choice("filter", filter, Outcome.class);
    }
}
