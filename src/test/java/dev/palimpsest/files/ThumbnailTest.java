package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThumbnailTest {

    private static BufferedImage small(Image picture, int side) throws IOException {
        Thumbnail thumbnail = new Thumbnail(side);
        picture.into(thumbnail);
        return ImageIO.read(new ByteArrayInputStream(thumbnail.png()));
    }

    private static Image random(int width, int height) {
        byte[] pixels = new byte[3 * width * height];
        new Random(3).nextBytes(pixels);
        return new Image(width, height, pixels);
    }

    private static int at(Image picture, int channel, int x, int y) {
        return picture.pixels()[(channel * picture.height() + y) * picture.width() + x] & 0xFF;
    }

    @Test
    void aSmallPictureKeepsItsPixels() throws IOException {
        Image picture = random(96, 31);

        BufferedImage same = small(picture, 96);

        assertThat(same.getWidth()).isEqualTo(96);
        assertThat(same.getHeight()).isEqualTo(31);
        for (int y = 0; y < 31; y++) {
            for (int x = 0; x < 96; x++) {
                int rgb = at(picture, 0, x, y) << 16 | at(picture, 1, x, y) << 8 | at(picture, 2, x, y);
                assertThat(same.getRGB(x, y) & 0xFFFFFF).isEqualTo(rgb);
            }
        }
    }

    @Test
    void aPixelIsTheMeanOfThoseThatFallUponIt() throws IOException {
        Image picture = random(40, 20);

        BufferedImage half = small(picture, 20);

        assertThat(half.getWidth()).isEqualTo(20);
        assertThat(half.getHeight()).isEqualTo(10);
        for (int y = 0; y < 10; y++) {
            for (int x = 0; x < 20; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    int sum = at(picture, channel, 2 * x, 2 * y)
                            + at(picture, channel, 2 * x + 1, 2 * y)
                            + at(picture, channel, 2 * x, 2 * y + 1)
                            + at(picture, channel, 2 * x + 1, 2 * y + 1);
                    assertThat((half.getRGB(x, y) >> (8 * (2 - channel))) & 0xFF)
                            .isEqualTo((sum + 2) / 4);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "300, 150, 96, 48",
        "97, 97, 96, 96",
        "1, 5000, 1, 96",
        "5000, 1, 96, 1",
        "1, 1, 1, 1",
        "200, 96, 96, 46"
    })
    void theShapeStaysWithinTheSide(int width, int height, int smallWidth, int smallHeight) throws IOException {
        BufferedImage picture = small(random(width, height), 96);

        assertThat(picture.getWidth()).isEqualTo(smallWidth);
        assertThat(picture.getHeight()).isEqualTo(smallHeight);
    }
}
