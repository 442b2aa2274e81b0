package dev.palimpsest.web;

import static org.assertj.core.api.Assertions.assertThat;

import dev.palimpsest.support.TinyInputs;
import dev.palimpsest.support.WebTest;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.HttpHeaders;
import org.springframework.mock.web.MockHttpServletResponse;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

/// Pictures of data sets: of files in an archive, of drawn ones, and of those that cannot be had.
@WebTest
class DatasetImagesIT {

    private static final Path ROOT = Path.of("target/test-web-home/import");
    private static final byte[] LARGE = encoded("jpg", 400, 300);
    private static final byte[] SMALL = encoded("png", 32, 32);
    private static final byte[] PIXMAP = "P6\n2 1\n255\nabcdef".getBytes(StandardCharsets.US_ASCII);

    @Autowired
    MockMvcTester http;

    private static byte[] encoded(String format, int width, int height) {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, x * 1000 + y);
            }
        }
        var out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, format, out);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return out.toByteArray();
    }

    @BeforeEach
    void aDataSet() throws IOException, InterruptedException {
        if (http.get().uri("/api/v1/datasets/looked").exchange().getResponse().getStatus() == 200) {
            return;
        }
        Map<String, byte[]> files = new LinkedHashMap<>();
        for (String label : new String[] {"cat", "dog"}) {
            files.put("train/" + label + "/0.png", SMALL);
            files.put("test/" + label + "/0.png", LARGE);
            files.put("test/" + label + "/1.png", PIXMAP);
        }
        Files.createDirectories(ROOT);
        Files.write(ROOT.resolve("looked.zip"), TinyInputs.zip(files));
        files.put("test/cat/2.html", "<html><script>".getBytes(StandardCharsets.US_ASCII));
        Files.write(ROOT.resolve("refused.zip"), TinyInputs.zip(files));
        register("looked", "ready");
        register("refused", "invalid");
    }

    private void register(String id, String status) throws InterruptedException {
        MvcTestResult posted =
                Answers.post(http, "/api/v1/datasets", "{\"id\": \"%s\", \"location\": \"%s.zip\"}".formatted(id, id));
        assertThat(posted).hasStatus(202);
        Instant end = Instant.now().plus(Duration.ofSeconds(60));
        while (!Answers.get(http, "/api/v1/datasets/" + id)
                .get("status")
                .asString()
                .equals(status)) {
            assertThat(Instant.now()).as(id).isBefore(end);
            Thread.sleep(50);
        }
    }

    private MockHttpServletResponse answer(String below) {
        MvcTestResult result = http.get().uri("/api/v1/datasets/" + below).exchange();
        assertThat(result).as(below).hasStatusOk();
        return result.getResponse();
    }

    @Test
    void anImageIsServedByteByByteAsWhatItIs() {
        MockHttpServletResponse photo = answer("looked/images/0");
        MockHttpServletResponse pixmap = answer("looked/images/1");
        MockHttpServletResponse trained = answer("looked/images/1?part=train");

        assertThat(photo.getContentAsByteArray()).isEqualTo(LARGE);
        assertThat(photo.getContentType()).isEqualTo("image/jpeg");
        assertThat(photo.getHeader("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(photo.getHeader(HttpHeaders.CACHE_CONTROL))
                .contains("private")
                .contains("immutable");
        assertThat(pixmap.getContentAsByteArray()).isEqualTo(PIXMAP);
        assertThat(pixmap.getContentType()).isEqualTo("image/x-portable-pixmap");
        assertThat(trained.getContentAsByteArray()).isEqualTo(SMALL);
        assertThat(trained.getContentType()).isEqualTo("image/png");
    }

    @Test
    void aThumbnailIsAPngOfAtMost96Pixels() throws IOException {
        MockHttpServletResponse first = answer("looked/images/0/thumbnail");
        MockHttpServletResponse again = answer("looked/images/0/thumbnail");
        BufferedImage small = ImageIO.read(new ByteArrayInputStream(first.getContentAsByteArray()));

        assertThat(first.getContentType()).isEqualTo("image/png");
        assertThat(first.getHeader("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(small.getWidth()).isEqualTo(96);
        assertThat(small.getHeight()).isEqualTo(72);
        assertThat(again.getContentAsByteArray()).isEqualTo(first.getContentAsByteArray());
    }

    @Test
    void whatTheClientHasIsNotSentAgainAndARangeIsAPart() {
        String etag = String.valueOf(answer("looked/images/0").getHeader(HttpHeaders.ETAG));

        MvcTestResult known = http.get()
                .uri("/api/v1/datasets/looked/images/0")
                .header(HttpHeaders.IF_NONE_MATCH, etag)
                .exchange();
        MvcTestResult part = http.get()
                .uri("/api/v1/datasets/looked/images/0")
                .header(HttpHeaders.RANGE, "bytes=2-4")
                .exchange();

        assertThat(known).hasStatus(304);
        assertThat(part).hasStatus(206);
        assertThat(part.getResponse().getContentAsByteArray()).containsExactly(LARGE[2], LARGE[3], LARGE[4]);
    }

    @Test
    void aDrawnImageIsAPngOfItsPixels() throws IOException {
        MockHttpServletResponse drawn = answer("demo_shapes/images/5?part=train");
        MockHttpServletResponse thumbnail = answer("demo_shapes/images/5/thumbnail?part=train");

        assertThat(drawn.getContentType()).isEqualTo("image/png");
        BufferedImage picture = ImageIO.read(new ByteArrayInputStream(drawn.getContentAsByteArray()));
        assertThat(picture.getWidth()).isEqualTo(32);
        assertThat(thumbnail.getContentAsByteArray()).isEqualTo(drawn.getContentAsByteArray());
    }

    @ParameterizedTest
    @CsvSource({
        "looked/images/4, 404, not_found",
        "looked/images/-1, 404, not_found",
        "looked/images/1e3, 404, not_found",
        "looked/images/99999999999, 404, not_found",
        "looked/images/2?part=train, 404, not_found",
        "looked/images/4/thumbnail, 404, not_found",
        "nothing/images/0, 404, not_found",
        "nothing/images/0/thumbnail, 404, not_found",
        "looked/images/0?part=validation, 400, invalid_parameter",
        "looked/images/0?path=a.png, 400, unknown_parameter",
        "refused/images/0, 409, dataset_not_ready",
        "refused/images/0/thumbnail, 409, dataset_not_ready"
    })
    void whatIsNotThereIsSaid(String below, int status, String code) {
        MvcTestResult result = http.get().uri("/api/v1/datasets/" + below).exchange();

        assertThat(result).hasStatus(status);
        assertThat(Answers.json(result).get("code").asString()).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource({"looked/images/../../jobs", "looked/images/..%2f..%2flooked.zip", "looked/images/%2e%2e"})
    void aPathLeadsNowhere(String below) {
        MvcTestResult result =
                http.get().uri(URI.create("/api/v1/datasets/" + below)).exchange();

        assertThat(result.getResponse().getStatus()).isIn(400, 404);
    }
}
