package dev.palimpsest.web;

import dev.palimpsest.http.Filters;
import dev.palimpsest.http.Idempotency;
import dev.palimpsest.http.JsonBodies;
import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.runs.CheckpointMerge;
import dev.palimpsest.runs.MergeRequest;
import dev.palimpsest.runs.Merges;
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

/// Stored models made into one.
@RestController
@RequestMapping(path = "/api/v1/merges", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "checkpoints")
class MergeController {

    private final Merges merges;
    private final Idempotency idempotency;

    MergeController(Merges merges, Idempotency idempotency) {
        this.merges = merges;
        this.idempotency = idempotency;
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "createMerge",
            summary = "Make one model of several checkpoints",
            description = "The checkpoints must be finished models of one backbone, one data set, one input profile and"
                    + " the same sites, without a class in common. Their changes of the backbone are merged by the rule,"
                    + " their heads stand side by side. Checkpoints that do not go together are refused with"
                    + " incompatible_checkpoints, an entry for each cause.",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = MergeRequest.class))))
    @ApiResponse(responseCode = "202", description = "Waits for a slot of the kind that the first source's job ran on")
    ResponseEntity<MergeBody> create(@RequestBody byte[] body, HttpServletRequest request) {
        JsonNode tree = JsonBodies.read(body);
        return idempotency.once(request, Idempotency.sha256(body), MergeBody.class, () -> {
            CheckpointMerge created = merges.create(tree, Wire.owner(request));
            return ResponseEntity.accepted()
                    .location(URI.create("/api/v1/merges/" + Ids.merge(created.id())))
                    .body(MergeBody.of(created));
        });
    }

    @GetMapping
    @Operation(
            operationId = "listMerges",
            summary = "Merges, newest first",
            description = "checkpoint_id is the checkpoint that a merge has made.")
    @Filters({"checkpoint_id", "status"})
    ListAnswer<MergeBody> list(
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", required = false) @Nullable String after,
            @RequestParam(name = "order", defaultValue = "desc") String order,
            @Parameter(hidden = true) @RequestParam MultiValueMap<String, String> query) {
        Pages page = Pages.of(limit, after, order, Ids.MERGE);
        List<MergeBody> oneMore = merges
                .list(
                        Wire.ids(query, "checkpoint_id", Ids.CHECKPOINT),
                        Wire.choices(query, "status", OperationState.class),
                        page.after(),
                        page.ascending(),
                        page.limit() + 1)
                .stream()
                .map(MergeBody::of)
                .toList();
        return ListAnswer.cut(oneMore, page.limit(), MergeBody::id);
    }

    @GetMapping("/{id}")
    @Operation(operationId = "getMerge", summary = "Read a merge")
    MergeBody get(@PathVariable("id") String id) {
        return merges.find(Wire.mergeId(id)).map(MergeBody::of).orElseThrow(Wire.notFound("merge", id));
    }
}
