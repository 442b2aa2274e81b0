package dev.palimpsest.web;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.http.ByteAnswer;
import dev.palimpsest.http.Wire;
import dev.palimpsest.results.CheckpointLibrary;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.results.CheckpointState;
import dev.palimpsest.results.Results;
import dev.palimpsest.settings.RequestRefusedException;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.HexFormat;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Checkpoints and their bytes.
@RestController
@RequestMapping("/api/v1/checkpoints")
@Tag(name = "checkpoints")
class CheckpointController {

    private static final MediaType TAR = MediaType.parseMediaType("application/x-tar");

    private final CheckpointLibrary library;
    private final Results results;

    CheckpointController(CheckpointLibrary library, Results results) {
        this.library = library;
        this.results = results;
    }

    @GetMapping(path = "/{id}", produces = MediaType.APPLICATION_JSON_VALUE)
    @Operation(operationId = "getCheckpoint", summary = "One checkpoint")
    CheckpointBody get(@PathVariable("id") String id) {
        CheckpointRow row = row(id);
        return CheckpointBody.of(row, results.headline(row.jobId(), row.task()));
    }

    /// Every path below `files` comes here, so that a name with a slash is a file that does not exist.
    @GetMapping("/{id}/files/{name}")
    @Operation(operationId = "getCheckpointFile", summary = "The bytes of one file, or a part of them")
    @ApiResponse(
            responseCode = "200",
            description = "The whole file",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                            schema = @Schema(type = "string", format = "binary")))
    @ApiResponse(
            responseCode = "206",
            description = "The part that Range asked for",
            content =
                    @Content(
                            mediaType = MediaType.APPLICATION_OCTET_STREAM_VALUE,
                            schema = @Schema(type = "string", format = "binary")))
    void file(
            @PathVariable("id") String id,
            @PathVariable("name") String name,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        CheckpointRow row = ready(id);
        StoredFile file = row.files().stream()
                .filter(one -> one.name().equals(name))
                .findFirst()
                .orElseThrow(Wire.notFound("file", name));
        response.setHeader(
                "Repr-Digest",
                "sha-256=:%s:"
                        .formatted(Base64.getEncoder()
                                .encodeToString(HexFormat.of().parseHex(file.sha256()))));
        MediaType type = name.endsWith(".json") ? MediaType.APPLICATION_JSON : MediaType.APPLICATION_OCTET_STREAM;
        new ByteAnswer(name, type, file.sizeBytes(), file.sha256(), true)
                .send(request, response, (out, from, count) -> {
                    try (InputStream in = library.read(row, name)) {
                        ByteAnswer.copy(in, out, from, count);
                    }
                });
    }

    @GetMapping("/{id}/content")
    @Operation(operationId = "getCheckpointContent", summary = "All files as one uncompressed tar")
    @ApiResponse(
            responseCode = "200",
            description = "The archive",
            content = @Content(mediaType = "application/x-tar", schema = @Schema(type = "string", format = "binary")))
    void content(@PathVariable("id") String id, HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        CheckpointRow row = ready(id);
        new ByteAnswer(id + ".tar", TAR, CheckpointArchive.length(row.files()), row.sha256(), false)
                .send(request, response, (out, _, _) -> {
                    StoredCheckpoint stored = library.open(row);
                    CheckpointArchive.write(id, row.files(), stored::read, out);
                });
    }

    private CheckpointRow row(String id) {
        return library.find(Wire.checkpointId(id)).orElseThrow(Wire.notFound("checkpoint", id));
    }

    private CheckpointRow ready(String id) {
        CheckpointRow row = row(id);
        if (row.status() != CheckpointState.READY) {
            throw new RequestRefusedException(
                    409,
                    "checkpoint_not_ready",
                    "",
                    "Checkpoint %s is %s and is not served."
                            .formatted(id, row.status().wire()));
        }
        return row;
    }
}
