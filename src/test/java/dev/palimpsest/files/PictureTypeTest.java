package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PictureTypeTest {

    private static PictureType of(byte[] bytes) throws IOException {
        return PictureType.of(new ByteArrayInputStream(bytes));
    }

    @Test
    void aPictureIsWhatItsFirstBytesSay() throws IOException {
        assertThat(of(PictureFiles.png(4, 4, 1))).isEqualTo(PictureType.PNG);
        assertThat(of(PictureFiles.encoded("jpg", 4, 4, 1))).isEqualTo(PictureType.JPEG);
        assertThat(of("P6\n1 1\n255\nabc".getBytes(StandardCharsets.US_ASCII))).isEqualTo(PictureType.PIXMAP);
        assertThat(of("P5 1 1 255 a".getBytes(StandardCharsets.US_ASCII))).isEqualTo(PictureType.GRAYMAP);
    }

    /// Nothing that a browser would show as a page or a program.
    @ParameterizedTest
    @ValueSource(strings = {"", "P", "P6", "P4\n1 1", "<svg xmlns=", "<html><script>", "GIF89a..", "PNG", "BM......"})
    void everythingElseIsBytes(String text) throws IOException {
        assertThat(of(text.getBytes(StandardCharsets.UTF_8)).mediaType()).isEqualTo("application/octet-stream");
    }
}
