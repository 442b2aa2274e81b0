package dev.palimpsest.web;

import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.results.Predictions;
import dev.palimpsest.results.Predictions.Row;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// What images were taken for, counted by task and by class (`docs/metrics.md` 8).
@RestController
@RequestMapping(path = "/api/v1/jobs/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "jobs")
class ConfusionController {

    private static final int MOST_PAIRS = 10_000;

    private final AskedRows rows;
    private final Predictions predictions;

    ConfusionController(AskedRows rows, Predictions predictions) {
        this.rows = rows;
        this.predictions = predictions;
    }

    @GetMapping("/task-confusion")
    @Operation(operationId = "getTaskConfusion", summary = "Images by their task and the task that they were taken for")
    @ApiResponse(responseCode = "409", description = AskedRows.NOT_KEPT)
    ConfusionBodies.OfTasks taskConfusion(
            @PathVariable("id") String id,
            @Parameter(description = AskedRows.AFTER_TASK)
                    @RequestParam(name = "after_task", required = false)
                    @Nullable
                    Integer afterTask,
            @Parameter(description = AskedRows.STAGE) @RequestParam(name = "stage", defaultValue = "final")
                    String stage,
            @Parameter(description = AskedRows.DATA) @RequestParam(name = "data", defaultValue = "test") String data) {
        Row row = rows.find(id, afterTask, stage, data);
        return ConfusionBodies.OfTasks.of(row, predictions.taskConfusion(row, rows.sharesLabels(row)));
    }

    @GetMapping(path = "/task-confusion", produces = Csv.TYPE)
    @Operation(operationId = "getTaskConfusion")
    String taskConfusionTable(
            @PathVariable("id") String id,
            @RequestParam(name = "after_task", required = false) @Nullable Integer afterTask,
            @RequestParam(name = "stage", defaultValue = "final") String stage,
            @RequestParam(name = "data", defaultValue = "test") String data) {
        return taskConfusion(id, afterTask, stage, data).csv();
    }

    @GetMapping("/class-confusion")
    @Operation(operationId = "getClassConfusion", summary = "Pairs of classes by how often one was taken for the other")
    @ApiResponse(responseCode = "409", description = AskedRows.NOT_KEPT)
    ConfusionBodies.OfClasses classConfusion(
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
            @Parameter(description = "Pairs at most, the most frequent first.")
                    @RequestParam(name = "limit", defaultValue = "1000")
                    int limit) {
        if (limit < 1 || limit > MOST_PAIRS) {
            throw Wire.badParameter("limit", "limit must be 1..%d, got %d.".formatted(MOST_PAIRS, limit));
        }
        return pairs(rows.find(id, afterTask, stage, data), task, limit);
    }

    @GetMapping(path = "/class-confusion", produces = Csv.TYPE)
    @Operation(operationId = "getClassConfusion")
    String classConfusionTable(
            @PathVariable("id") String id,
            @RequestParam(name = "after_task", required = false) @Nullable Integer afterTask,
            @RequestParam(name = "stage", defaultValue = "final") String stage,
            @RequestParam(name = "data", defaultValue = "test") String data,
            @RequestParam(name = "task", required = false) @Nullable Integer task) {
        return pairs(rows.find(id, afterTask, stage, data), task, Integer.MAX_VALUE)
                .csv();
    }

    private ConfusionBodies.OfClasses pairs(Row row, @Nullable Integer task, int limit) {
        return ConfusionBodies.OfClasses.of(row, task, predictions.classConfusion(row, task), rows.names(row), limit);
    }

    @GetMapping("/classes")
    @Operation(operationId = "listJobClasses", summary = "Accuracy of each class when it was learned, at best and now")
    @ApiResponse(responseCode = "409", description = AskedRows.NOT_KEPT)
    ListAnswer<JobClassBody> classes(
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
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", required = false) @Nullable String after) {
        Row row = rows.find(id, afterTask, stage, data);
        List<Integer> tasks = row.tasks(task);
        ClassNames names = rows.names(row);
        List<JobClassBody> found = AskedRows.oneMore(
                tasks,
                after,
                limit,
                (one, beyond, wanted) -> predictions.classes(row, one).stream()
                        .filter(numbers -> numbers.classIndex() > beyond)
                        .limit(wanted)
                        .map(numbers -> JobClassBody.of(names, numbers)));
        return ListAnswer.cut(found, limit, JobClassBody::id);
    }

    @GetMapping(path = "/classes", produces = Csv.TYPE)
    @Operation(operationId = "listJobClasses")
    String classTable(
            @PathVariable("id") String id,
            @RequestParam(name = "after_task", required = false) @Nullable Integer afterTask,
            @RequestParam(name = "stage", defaultValue = "final") String stage,
            @RequestParam(name = "data", defaultValue = "test") String data,
            @RequestParam(name = "task", required = false) @Nullable Integer task) {
        Row row = rows.find(id, afterTask, stage, data);
        List<Integer> tasks = row.tasks(task);
        ClassNames names = rows.names(row);
        var text = new StringBuilder(JobClassBody.HEADER);
        for (int one : tasks) {
            predictions
                    .classes(row, one)
                    .forEach(numbers ->
                            text.append(JobClassBody.of(names, numbers).csv()));
        }
        return text.toString();
    }
}
