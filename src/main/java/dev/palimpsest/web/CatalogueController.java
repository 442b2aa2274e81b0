package dev.palimpsest.web;

import dev.palimpsest.catalogue.BackboneRequest;
import dev.palimpsest.catalogue.Backbones;
import dev.palimpsest.catalogue.DatasetRequest;
import dev.palimpsest.catalogue.Datasets;
import dev.palimpsest.catalogue.RegisteredBackbone;
import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.catalogue.Registration;
import dev.palimpsest.experiments.PresetMeasurements;
import dev.palimpsest.http.HttpLimits;
import dev.palimpsest.http.Idempotency;
import dev.palimpsest.http.JsonBodies;
import dev.palimpsest.http.ListAnswer;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.methods.ContinualMethods;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.util.List;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/// What an experiment may name: methods, data sets, backbones. Lists are in the order of the slugs.
@RestController
@RequestMapping(path = "/api/v1", produces = MediaType.APPLICATION_JSON_VALUE)
@Tag(name = "catalogue")
class CatalogueController {

    private final Datasets datasets;
    private final Backbones backbones;
    private final HttpLimits limits;
    private final Idempotency idempotency;
    private final PresetMeasurements measurements;

    CatalogueController(
            Datasets datasets,
            Backbones backbones,
            HttpLimits limits,
            Idempotency idempotency,
            PresetMeasurements measurements) {
        this.measurements = measurements;
        this.datasets = datasets;
        this.backbones = backbones;
        this.limits = limits;
        this.idempotency = idempotency;
    }

    @GetMapping("/methods")
    @Operation(operationId = "listMethods", summary = "List the methods")
    ListAnswer<MethodAnswer> methods(
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", defaultValue = "") String after) {
        List<MethodAnswer> rest = ContinualMethods.all().stream()
                .filter(info -> info.name().compareTo(after) > 0)
                .map(info -> MethodAnswer.of(info, measurements))
                .toList();
        return ListAnswer.cut(rest, Pages.checked(limit), MethodAnswer::name);
    }

    @GetMapping("/methods/{name}")
    @Operation(operationId = "getMethod", summary = "Read a method: its settings as JSON Schema, traits, recipe")
    MethodAnswer method(@PathVariable("name") String name) {
        return ContinualMethods.all().stream()
                .filter(info -> info.name().equals(name))
                .findFirst()
                .map(info -> MethodAnswer.of(info, measurements))
                .orElseThrow(Wire.notFound("method", name));
    }

    @GetMapping("/datasets")
    @Operation(operationId = "listDatasets", summary = "List the data sets")
    ListAnswer<DatasetAnswer> datasets(
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", defaultValue = "") String after) {
        List<DatasetAnswer> oneMore = datasets.list(after, Pages.checked(limit) + 1).stream()
                .map(DatasetAnswer::of)
                .toList();
        return ListAnswer.cut(oneMore, limit, DatasetAnswer::id);
    }

    @GetMapping("/datasets/{id}")
    @Operation(operationId = "getDataset", summary = "Read a data set and what its check has found")
    DatasetAnswer dataset(@PathVariable("id") String id) {
        return datasets.find(id).map(DatasetAnswer::of).orElseThrow(Wire.notFound("data set", id));
    }

    @PostMapping(path = "/datasets", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "createDataset",
            summary = "Register a data set, by path or as an upload",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = DatasetRequest.class))))
    ResponseEntity<DatasetAnswer> createDataset(@RequestBody byte[] body, HttpServletRequest request) {
        JsonNode tree = JsonBodies.read(body);
        return idempotency.once(
                request,
                Idempotency.sha256(body),
                DatasetAnswer.class,
                () -> datasetAnswer(datasets.register(tree, Wire.owner(request))));
    }

    @PostMapping(path = "/datasets", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    @Operation(operationId = "createDataset", summary = "Register a data set, by path or as an upload")
    ResponseEntity<DatasetAnswer> uploadDataset(HttpServletRequest request) throws IOException, ServletException {
        UploadParts parts = UploadParts.of(request, "dataset", limits);
        return idempotency.once(
                request,
                parts.sha256(request),
                DatasetAnswer.class,
                () -> datasetAnswer(datasets.register(parts.description(), parts.file(), Wire.owner(request))));
    }

    private static ResponseEntity<DatasetAnswer> datasetAnswer(Registration<RegisteredDataset> done) {
        return status(done)
                .location(URI.create("/api/v1/datasets/" + done.entry().id()))
                .body(DatasetAnswer.of(done.entry()));
    }

    @GetMapping("/backbones")
    @Operation(operationId = "listBackbones", summary = "List the backbones")
    ListAnswer<BackboneAnswer> backbones(
            @RequestParam(name = "limit", defaultValue = Pages.DEFAULT_LIMIT) int limit,
            @RequestParam(name = "after", defaultValue = "") String after) {
        List<BackboneAnswer> oneMore = backbones.list(after, Pages.checked(limit) + 1).stream()
                .map(BackboneAnswer::of)
                .toList();
        return ListAnswer.cut(oneMore, limit, BackboneAnswer::id);
    }

    @GetMapping("/backbones/{id}")
    @Operation(operationId = "getBackbone", summary = "Read a backbone")
    BackboneAnswer backbone(@PathVariable("id") String id) {
        return backbones.find(id).map(BackboneAnswer::of).orElseThrow(Wire.notFound("backbone", id));
    }

    @PostMapping(path = "/backbones", consumes = MediaType.APPLICATION_JSON_VALUE)
    @Operation(
            operationId = "createBackbone",
            summary = "Register weights, by path or as an upload",
            requestBody =
                    @io.swagger.v3.oas.annotations.parameters.RequestBody(
                            required = true,
                            content = @Content(schema = @Schema(implementation = BackboneRequest.class))))
    ResponseEntity<BackboneAnswer> createBackbone(@RequestBody byte[] body, HttpServletRequest request) {
        JsonNode tree = JsonBodies.read(body);
        return idempotency.once(
                request,
                Idempotency.sha256(body),
                BackboneAnswer.class,
                () -> backboneAnswer(backbones.register(tree, Wire.owner(request))));
    }

    @PostMapping(path = "/backbones", consumes = MediaType.MULTIPART_FORM_DATA_VALUE)
    @Operation(operationId = "createBackbone", summary = "Register weights, by path or as an upload")
    ResponseEntity<BackboneAnswer> uploadBackbone(HttpServletRequest request) throws IOException, ServletException {
        UploadParts parts = UploadParts.of(request, "backbone", limits);
        return idempotency.once(
                request,
                parts.sha256(request),
                BackboneAnswer.class,
                () -> backboneAnswer(backbones.register(parts.description(), parts.file(), Wire.owner(request))));
    }

    private static ResponseEntity<BackboneAnswer> backboneAnswer(Registration<RegisteredBackbone> done) {
        return status(done)
                .location(URI.create("/api/v1/backbones/" + done.entry().id()))
                .body(BackboneAnswer.of(done.entry()));
    }

    private static ResponseEntity.BodyBuilder status(Registration<?> done) {
        return ResponseEntity.status(done.created() ? HttpStatus.ACCEPTED : HttpStatus.OK);
    }
}
