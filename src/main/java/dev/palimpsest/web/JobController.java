package dev.palimpsest.web;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.experiments.JobSearch;
import dev.palimpsest.http.Filters;
import dev.palimpsest.http.Idempotency;
import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.jobs.ActionAnswer;
import dev.palimpsest.jobs.AttemptRepository;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobEvent;
import dev.palimpsest.jobs.JobEvents;
import dev.palimpsest.jobs.JobQueue;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.MetricSeries;
import dev.palimpsest.results.Results;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Jobs: what they are, what may be asked of them, and what they have done.
@RestController
@RequestMapping(path = "/api/v1/jobs", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "jobs")
class JobController {

    private final JobSearch search;
    private final JobBodies bodies;
    private final JobQueue queue;
    private final AttemptRepository attempts;
    private final JobEvents events;
    private final Results results;
    private final MetricSeries series;
    private final CheckpointLibrary checkpoints;
    private final Idempotency idempotency;

    JobController(
            JobSearch search,
            JobBodies bodies,
            JobQueue queue,
            AttemptRepository attempts,
            JobEvents events,
            Results results,
            MetricSeries series,
            CheckpointLibrary checkpoints,
            Idempotency idempotency) {
        this.search = search;
        this.bodies = bodies;
        this.queue = queue;
        this.attempts = attempts;
        this.events = events;
        this.results = results;
        this.series = series;
        this.checkpoints = checkpoints;
        this.idempotency = idempotency;
    }

    @GetMapping
    @Operation(operationId = "listJobs", summary = "Jobs, newest first")
    @Filters(
            value = {
                "status",
                "status_reason",
                "method_name",
                "dataset_id",
                "backbone_id",
                "experiment_id",
                "seed",
                "device",
                "fingerprint",
                "owner",
                "parent_checkpoint_id",
                "created_after",
                "created_before"
            },
            metadata = true)
    ListAnswer<JobBody> list(
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", required = false) @Nullable String after,
            @RequestParam(name = "order", defaultValue = "desc") String order,
            @Parameter(hidden = true) @RequestParam MultiValueMap<String, String> query) {
        Pages page = Pages.of(limit, after, order, Ids.JOB);
        List<Job> found = search.find(JobFilters.of(query), page.after(), page.ascending(), page.limit() + 1);
        ListAnswer<Job> cut = ListAnswer.cut(found, page.limit(), job -> Ids.job(job.id()));
        return ListAnswer.of(bodies.of(cut.data()), JobBody::id, cut.hasMore());
    }

    @GetMapping("/{id}")
    @Operation(operationId = "getJob", summary = "One job")
    JobBody get(@PathVariable("id") String id) {
        return bodies.of(search.get(Wire.jobId(id)));
    }

    @PostMapping("/{id}/cancel")
    @Operation(operationId = "cancelJob", summary = "End a job; a running one stops between two steps")
    @ApiResponse(responseCode = "200", description = "Done, or asked before")
    @ApiResponse(responseCode = "202", description = "Asked of the worker")
    ResponseEntity<JobBody> cancel(@PathVariable("id") String id, HttpServletRequest request) {
        return asked(queue.cancel(own(id, request)));
    }

    @PostMapping("/{id}/pause")
    @Operation(operationId = "pauseJob", summary = "Let a job wait; a running one saves at its next safe point")
    @ApiResponse(responseCode = "200", description = "Done, or asked before")
    @ApiResponse(responseCode = "202", description = "Asked of the worker")
    ResponseEntity<JobBody> pause(@PathVariable("id") String id, HttpServletRequest request) {
        return asked(queue.pause(own(id, request)));
    }

    @PostMapping("/{id}/resume")
    @Operation(operationId = "resumeJob", summary = "Put a paused job back into the queue")
    JobBody resume(@PathVariable("id") String id, HttpServletRequest request) {
        return bodies.of(queue.resume(own(id, request)));
    }

    /// Where a retry begins.
    enum From {
        @JsonProperty("last_checkpoint")
        LAST_CHECKPOINT,
        @JsonProperty("start")
        START
    }

    record RetryRequest(@Nullable From from) {}

    @PostMapping("/{id}/retry")
    @Operation(operationId = "retryJob", summary = "Do the work of a failed or cancelled job once more, as a new job")
    @ApiResponse(responseCode = "201", description = "The new job")
    ResponseEntity<JobBody> retry(
            @PathVariable("id") String id,
            @RequestBody(required = false) @Nullable RetryRequest body,
            HttpServletRequest request) {
        UUID job = own(id, request);
        From from = body == null || body.from() == null ? From.LAST_CHECKPOINT : body.from();
        String digest = Idempotency.sha256(Wire.word(from).getBytes(StandardCharsets.UTF_8));
        return idempotency.once(request, digest, JobBody.class, () -> {
            JobBody again = bodies.of(search.retry(job, from == From.START));
            return ResponseEntity.created(URI.create("/api/v1/jobs/" + again.id()))
                    .body(again);
        });
    }

    @GetMapping("/{id}/attempts")
    @Operation(operationId = "listJobAttempts", summary = "Executions of a job, in order")
    ListAnswer<AttemptBody> attempts(@PathVariable("id") String id) {
        Job job = search.get(Wire.jobId(id));
        List<AttemptBody> all = attempts.findByJobIdOrderByNumber(job.id()).stream()
                .map(AttemptBody::of)
                .toList();
        return ListAnswer.of(all, attempt -> Integer.toString(attempt.number()), false);
    }

    @GetMapping("/{id}/tasks")
    @Operation(operationId = "listJobTasks", summary = "Tasks of a job, planned ones included")
    ListAnswer<JobTaskBody> tasks(@PathVariable("id") String id) {
        Job job = search.get(Wire.jobId(id));
        String dataset = search.sheet(job.id()).map(sheet -> sheet.datasetId()).orElse("");
        List<JobTaskBody> all = results.tasks(job.id()).stream()
                .map(task -> JobTaskBody.of(task, dataset))
                .toList();
        return ListAnswer.of(all, task -> Integer.toString(task.task()), false);
    }

    @GetMapping("/{id}/events")
    @Operation(
            operationId = "listJobEvents",
            summary = "What happened to a job; a stream with Accept: text/event-stream")
    ListAnswer<EventBody> events(
            @PathVariable("id") String id,
            @RequestParam(name = "after", defaultValue = "0") long after,
            @RequestParam(name = "limit", defaultValue = "100") int limit) {
        Job job = search.get(Wire.jobId(id));
        List<JobEvent> found = events.after(job.id(), after, Pages.checked(limit) + 1);
        List<EventBody> all =
                found.stream().map(event -> EventBody.of(event, job)).toList();
        return ListAnswer.cut(all, limit, event -> Long.toString(event.sequence()));
    }

    @GetMapping("/{id}/metrics")
    @Operation(operationId = "getJobMetrics", summary = "Numbers of a job over its steps, epochs and tasks")
    SeriesBody metrics(
            @PathVariable("id") String id,
            @RequestParam(name = "name", required = false) @Nullable List<String> names,
            @RequestParam(name = "task", required = false) @Nullable Integer task,
            @RequestParam(name = "attempt", required = false) @Nullable Integer attempt,
            @RequestParam(name = "after_step", required = false) @Nullable Long afterStep,
            @RequestParam(name = "max_points", defaultValue = "1000") int maxPoints) {
        Job job = search.get(Wire.jobId(id));
        List<String> wanted = names == null ? List.of() : names;
        for (String name : wanted) {
            if (!MetricSeries.known(name)) {
                throw Wire.badParameter("name", "There is no series '%s'.".formatted(name));
            }
        }
        if (maxPoints < 1 || maxPoints > SeriesBody.MOST_POINTS) {
            throw Wire.badParameter(
                    "max_points", "max_points must be 1..%d, got %d.".formatted(SeriesBody.MOST_POINTS, maxPoints));
        }
        var question = new MetricSeries.Question(wanted, task, attempt, afterStep, maxPoints);
        return SeriesBody.of(job.id(), series.read(job.id(), question));
    }

    @GetMapping("/{id}/checkpoints")
    @Operation(operationId = "listJobCheckpoints", summary = "Checkpoints of a job, newest first")
    @Filters({"kind", "task"})
    ListAnswer<CheckpointBody> checkpoints(
            @PathVariable("id") String id,
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", required = false) @Nullable String after,
            @RequestParam(name = "order", defaultValue = "desc") String order,
            @Parameter(hidden = true) @RequestParam MultiValueMap<String, String> query) {
        Job job = search.get(Wire.jobId(id));
        Pages page = Pages.of(limit, after, order, Ids.CHECKPOINT);
        List<CheckpointRow> wanted = CheckpointBody.select(checkpoints.of(job.id()), query, page);
        ListAnswer<CheckpointRow> cut = ListAnswer.cut(wanted, page.limit(), row -> Ids.checkpoint(row.id()));
        List<CheckpointBody> data = cut.data().stream()
                .map(row -> CheckpointBody.of(row, results.headline(row.jobId(), row.task())))
                .toList();
        return ListAnswer.of(data, CheckpointBody::id, cut.hasMore());
    }

    private UUID own(String id, HttpServletRequest request) {
        Job job = search.get(Wire.jobId(id));
        Wire.requireOwner(request, job.owner());
        return job.id();
    }

    private ResponseEntity<JobBody> asked(ActionAnswer answer) {
        return ResponseEntity.status(answer.asked() ? 202 : 200).body(bodies.of(answer.job()));
    }
}
