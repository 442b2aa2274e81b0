package dev.palimpsest.web;

import dev.palimpsest.http.Filters;
import dev.palimpsest.http.Idempotency;
import dev.palimpsest.http.JsonBodies;
import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.Results;
import dev.palimpsest.runs.Evaluation;
import dev.palimpsest.runs.EvaluationRequest;
import dev.palimpsest.runs.Evaluations;
import dev.palimpsest.runs.OperationState;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.util.List;
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
import tools.jackson.databind.JsonNode;

/// Stored models measured once more.
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "checkpoints")
class EvaluationController {

    private final Evaluations evaluations;
    private final CheckpointLibrary library;
    private final Results results;
    private final Idempotency idempotency;

    EvaluationController(Evaluations evaluations, CheckpointLibrary library, Results results, Idempotency idempotency) {
        this.evaluations = evaluations;
        this.library = library;
        this.results = results;
        this.idempotency = idempotency;
    }

    @PostMapping(path = "/checkpoints/{id}/evaluations", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "createEvaluation",
            summary = "Measure a checkpoint on test images, without training",
            description = "The protocol batch_majority_task lets images of one task vote on their task and so leaks"
                    + " the task identity. Its answers say leaks_task_identity: true, and its numbers go nowhere else.",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = EvaluationRequest.class))))
    @ApiResponse(responseCode = "202", description = "Waits for a slot of the kind that the job ran on")
    ResponseEntity<EvaluationBody> create(
            @PathVariable("id") String id, @RequestBody byte[] body, HttpServletRequest request) {
        CheckpointRow checkpoint = library.find(Wire.checkpointId(id)).orElseThrow(Wire.notFound("checkpoint", id));
        JsonNode tree = JsonBodies.read(body);
        return idempotency.once(request, Idempotency.sha256(body), EvaluationBody.class, () -> {
            Evaluation created = evaluations.create(checkpoint, tree, Wire.owner(request));
            return ResponseEntity.accepted()
                    .location(URI.create("/api/v1/evaluations/" + Ids.evaluation(created.id())))
                    .body(body(created));
        });
    }

    @GetMapping("/evaluations")
    @Operation(operationId = "listEvaluations", summary = "Evaluations, newest first")
    @Filters({"checkpoint_id", "status"})
    ListAnswer<EvaluationBody> list(
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", required = false) @Nullable String after,
            @RequestParam(name = "order", defaultValue = "desc") String order,
            @Parameter(hidden = true) @RequestParam MultiValueMap<String, String> query) {
        Pages page = Pages.of(limit, after, order, Ids.EVALUATION);
        List<EvaluationBody> oneMore = evaluations
                .list(
                        Wire.ids(query, "checkpoint_id", Ids.CHECKPOINT),
                        Wire.choices(query, "status", OperationState.class),
                        page.after(),
                        page.ascending(),
                        page.limit() + 1)
                .stream()
                .map(this::body)
                .toList();
        return ListAnswer.cut(oneMore, page.limit(), EvaluationBody::id);
    }

    @GetMapping("/evaluations/{id}")
    @Operation(operationId = "getEvaluation", summary = "Read an evaluation")
    EvaluationBody get(@PathVariable("id") String id) {
        return evaluations.find(Wire.evaluationId(id)).map(this::body).orElseThrow(Wire.notFound("evaluation", id));
    }

    private EvaluationBody body(Evaluation evaluation) {
        return EvaluationBody.of(evaluation, results.scenario(evaluation.jobId()));
    }
}
