package dev.palimpsest.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {

    @ParameterizedTest
    @ValueSource(strings = {"png", "jpeg"})
    void aFileCutShortIsRefusedByName(String format) {
        byte[] whole = PictureFiles.encoded(format, 40, 30, 1);

        for (int length : new int[] {0, 1, 10, 30, whole.length / 2, whole.length - 20}) {
            assertThatThrownBy(() -> ImageDecoder.decode(Arrays.copyOf(whole, length), "train/cat/1"))
                    .as("%d of %d bytes", length, whole.length)
                    .isInstanceOf(UnreadableImageException.class)
                    .hasMessageContaining("train/cat/1");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"gif", "bmp"})
    void otherFormatsAreRefused(String format) {
        byte[] bytes = PictureFiles.encoded(format, 8, 8, 1);

        assertThatThrownBy(() -> ImageDecoder.decode(bytes, "a.png"))
                .isInstanceOf(UnreadableImageException.class)
                .hasMessage("a.png: not a PNG, JPEG or PPM (P5, P6) picture");
    }

    @Test
    void tooManyPixelsAreRefusedFromTheHeader() {
        byte[] bytes = PictureFiles.png(8, 8, 1);
        bytes[17] = 1; // width 65,544
        bytes[21] = 1; // height likewise

        assertThatThrownBy(() -> ImageDecoder.decode(bytes, "bomb.png"))
                .isInstanceOf(UnreadableImageException.class)
                .hasMessage("bomb.png: 65544 x 65544 pixels are more than the allowed 50000000");
    }

    @Test
    void damagedBytesNeverEscapeAsAnotherException() {
        Draws draws = new Draws(99);
        for (String format : new String[] {"png", "jpeg"}) {
            for (int round = 0; round < 200; round++) {
                byte[] bytes = PictureFiles.encoded(format, 9, 7, round);
                for (int i = 0; i < 5; i++) {
                    bytes[draws.nextInt(bytes.length)] = (byte) draws.nextInt(256);
                }
                try {
                    ImageDecoder.decode(bytes, "damaged");
                } catch (UnreadableImageException e) {
                    assertThat(e).hasMessageStartingWith("damaged: ");
                }
            }
        }
    }

    @Test
    void ppmIsReadInAllItsForms() {
        assertThat(ppm("P6 2 1\n255\n", 1, 2, 3, 4, 5, 6)).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(ppm("P5\n# a comment\n2 1 255\n", 7, 200)).containsExactly(7, 200, 7, 200, 7, 200);
        assertThat(ppm("P6 1 1 15\n", 0, 8, 15)).containsExactly(0, 136, 255);
        assertThat(ppm("P6 1 1 65535\n", 0, 128, 255, 255, 1, 1)).containsExactly(0, 255, 1);
        assertThat(ppm("P5 1 1 65535\n", 0, 128)).containsExactly(128, 128, 128);
        assertThat(ppm("P5 1 1 65535\n", 9, 9)).containsExactly(255, 255, 255);
    }

    @Test
    void aPpmWithoutEnoughPixelsIsRefused() {
        assertThatThrownBy(() -> ppm("P6 2 2 255\n", 1, 2, 3))
                .isInstanceOf(UnreadableImageException.class)
                .hasMessage("a.ppm: 12 bytes of pixels are needed, 3 are there");
        assertThatThrownBy(() -> ppm("P6 2 x 255\n", 1, 2, 3)).isInstanceOf(UnreadableImageException.class);
        assertThatThrownBy(() -> ppm("P6 2")).isInstanceOf(UnreadableImageException.class);
    }

    private static int[] ppm(String header, int... samples) {
        byte[] head = header.getBytes(StandardCharsets.US_ASCII);
        byte[] bytes = Arrays.copyOf(head, head.length + samples.length);
        for (int i = 0; i < samples.length; i++) {
            bytes[head.length + i] = (byte) samples[i];
        }
        byte[] pixels = ImageDecoder.decode(bytes, "a.ppm").pixels();
        int[] result = new int[pixels.length];
        for (int i = 0; i < pixels.length; i++) {
            result[i] = pixels[i] & 0xFF;
        }
        return result;
    }
}
