package dev.palimpsest.web;

import dev.palimpsest.catalogue.DatasetImages;
import dev.palimpsest.catalogue.DatasetPart;
import dev.palimpsest.http.ByteAnswer;
import dev.palimpsest.http.Wire;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.regex.Pattern;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/// Pictures of data sets by their place, as predictions name it.
@RestController
@RequestMapping("/api/v1/datasets/{id}/images/{index}")
@Tag(name = "catalogue")
class ImageController {

    private static final String INDEX = "Place of the image in its part of the data set, from 0.";
    private static final String PART = "Part of the data set: test, or train, which has the validation images too.";
    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    private final DatasetImages images;

    ImageController(DatasetImages images) {
        this.images = images;
    }

    @GetMapping
    @Operation(
            operationId = "getDatasetImage",
            summary = "The bytes of one image as they are stored",
            description =
                    "The type is what the bytes are: PNG, JPEG or PPM. An image that has no file of its own, because"
                            + " it is drawn or lies in a file of many, is answered as a PNG of its pixels.")
    @ApiResponse(
            responseCode = "200",
            description = "The image",
            content = @Content(mediaType = "image/*", schema = @Schema(type = "string", format = "binary")))
    @ApiResponse(
            responseCode = "206",
            description = "The part that Range asked for",
            content = @Content(mediaType = "image/*", schema = @Schema(type = "string", format = "binary")))
    @ApiResponse(responseCode = "409", description = "The data set is not ready, or the image cannot be read")
    void image(
            @PathVariable("id") String id,
            @Parameter(description = INDEX, schema = @Schema(type = "integer", minimum = "0")) @PathVariable("index")
                    String index,
            @Parameter(description = PART) @RequestParam(name = "part", defaultValue = "test") String part,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        images.stored(id, part(part), number(index), picture -> send(picture, part, index, request, response));
    }

    @GetMapping("/thumbnail")
    @Operation(operationId = "getDatasetThumbnail", summary = "One image as a PNG of at most 96 pixels a side")
    @ApiResponse(
            responseCode = "200",
            description = "The image; one that is small enough keeps its pixels",
            content =
                    @Content(
                            mediaType = MediaType.IMAGE_PNG_VALUE,
                            schema = @Schema(type = "string", format = "binary")))
    @ApiResponse(responseCode = "409", description = "The data set is not ready, or the image cannot be read")
    void thumbnail(
            @PathVariable("id") String id,
            @Parameter(description = INDEX, schema = @Schema(type = "integer", minimum = "0")) @PathVariable("index")
                    String index,
            @Parameter(description = PART) @RequestParam(name = "part", defaultValue = "test") String part,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        send(images.thumbnail(id, part(part), number(index)), part, index, request, response);
    }

    private static void send(
            DatasetImages.Picture picture,
            String part,
            String index,
            HttpServletRequest request,
            HttpServletResponse response)
            throws IOException {
        MediaType type = MediaType.parseMediaType(picture.mediaType());
        new ByteAnswer(part + "-" + index, type, picture.bytes(), picture.etag(), true)
                .send(request, response, (out, from, count) -> {
                    try (InputStream in = picture.source().open()) {
                        ByteAnswer.copy(in, out, from, count);
                    }
                });
    }

    private static DatasetPart part(String part) {
        return Wire.choice("part", part, DatasetPart.class);
    }

    private static int number(String index) {
        if (!NUMBER.matcher(index).matches()) {
            throw Wire.notFound("image", index).get();
        }
        return Integer.parseInt(index);
    }
}
