package dev.palimpsest.web;

import dev.palimpsest.experiments.ExperimentFilter;
import dev.palimpsest.experiments.ExperimentRequest;
import dev.palimpsest.experiments.ExperimentService;
import dev.palimpsest.experiments.ExperimentView;
import dev.palimpsest.http.Filters;
import dev.palimpsest.http.Idempotency;
import dev.palimpsest.http.JsonBodies;
import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
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
import tools.jackson.databind.JsonNode;

/// Plans and experiments. A request is read as a tree, so that all its faults come at once.
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "experiments")
class ExperimentController {

    private final ExperimentService experiments;
    private final Idempotency idempotency;

    ExperimentController(ExperimentService experiments, Idempotency idempotency) {
        this.experiments = experiments;
        this.idempotency = idempotency;
    }

    @PostMapping(path = "/plans", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "planExperiment",
            summary = "Say what create would do; store nothing",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = ExperimentRequest.class))))
    PlanAnswer plan(@RequestBody byte[] body) {
        return PlanAnswer.of(experiments.plan(JsonBodies.read(body)));
    }

    @PostMapping(path = "/experiments", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "createExperiment",
            summary = "Put one job a seed into the queue",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = ExperimentRequest.class))))
    ResponseEntity<ExperimentAnswer> create(@RequestBody byte[] body, HttpServletRequest request) {
        JsonNode tree = JsonBodies.read(body);
        return idempotency.once(request, Idempotency.sha256(body), ExperimentAnswer.class, () -> {
            ExperimentView created = experiments.create(tree, Wire.owner(request), request.isUserInRole("ADMIN"));
            ExperimentAnswer answer = ExperimentAnswer.of(created);
            return ResponseEntity.created(URI.create("/api/v1/experiments/" + answer.id()))
                    .body(answer);
        });
    }

    @GetMapping("/experiments")
    @Operation(operationId = "listExperiments", summary = "List experiments, newest first")
    @Filters(
            value = {"status", "method_name", "dataset_id", "owner", "name_contains", "created_after", "created_before"
            },
            metadata = true)
    ListAnswer<ExperimentAnswer> list(
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", required = false) @Nullable String after,
            @RequestParam(name = "order", defaultValue = "desc") String order,
            @Parameter(hidden = true) @RequestParam MultiValueMap<String, String> parameters) {
        Pages page = Pages.of(limit, after, order, Ids.EXPERIMENT);
        List<ExperimentAnswer> oneMore =
                experiments.list(filter(parameters), page.after(), page.ascending(), page.limit() + 1).stream()
                        .map(ExperimentAnswer::withoutJobs)
                        .toList();
        return ListAnswer.cut(oneMore, page.limit(), ExperimentAnswer::id);
    }

    @GetMapping("/experiments/{id}")
    @Operation(operationId = "getExperiment", summary = "Read an experiment with its jobs")
    ExperimentAnswer get(@PathVariable("id") String id) {
        return ExperimentAnswer.of(find(id));
    }

    @PostMapping("/experiments/{id}/cancel")
    @Operation(operationId = "cancelExperiment", summary = "Cancel every unfinished job")
    ResponseEntity<ExperimentAnswer> cancel(@PathVariable("id") String id, HttpServletRequest request) {
        Wire.requireOwner(request, find(id).experiment().owner());
        UUID experiment = Wire.experimentId(id);
        ExperimentView asked = experiments.cancel(experiment).orElseThrow(Wire.notFound("experiment", id));
        boolean done = asked.jobs().stream().allMatch(job -> job.state().finished());
        return ResponseEntity.status(done ? HttpStatus.OK : HttpStatus.ACCEPTED).body(ExperimentAnswer.of(asked));
    }

    private ExperimentView find(String id) {
        return experiments.find(Wire.experimentId(id)).orElseThrow(Wire.notFound("experiment", id));
    }

    private static ExperimentFilter filter(MultiValueMap<String, String> parameters) {
        Map<String, List<String>> metadata = new HashMap<>();
        parameters.forEach((name, values) -> {
            if (name.startsWith("metadata.")) {
                metadata.put(name.substring("metadata.".length()), values);
            }
        });
        List<String> statuses = parameters.getOrDefault("status", List.of());
        for (String status : statuses) {
            if (!ExperimentView.STATUSES.contains(status)) {
                throw Wire.badParameter(
                        "status", "status must be one of %s, got '%s'.".formatted(ExperimentView.STATUSES, status));
            }
        }
        return new ExperimentFilter(
                statuses,
                parameters.getOrDefault("method_name", List.of()),
                parameters.getOrDefault("dataset_id", List.of()),
                parameters.getOrDefault("owner", List.of()),
                parameters.getOrDefault("name_contains", List.of()),
                instant(parameters, "created_after"),
                instant(parameters, "created_before"),
                metadata);
    }

    private static @Nullable Instant instant(MultiValueMap<String, String> parameters, String name) {
        String text = parameters.getFirst(name);
        if (text == null) {
            return null;
        }
        try {
            return Instant.parse(text);
        } catch (DateTimeException _) {
            throw Wire.badParameter(
                    name, "%s must be a time like 2026-11-21T09:00:00Z, got '%s'.".formatted(name, text));
        }
    }
}
