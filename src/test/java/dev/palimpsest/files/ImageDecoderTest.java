package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        var draws = new Random(99);
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

    /// ImageIO's PNG reader copies each row once more.
    @ParameterizedTest
    @CsvSource({"jpeg, 1", "png, 2"})
    void aPictureTakesLittleMoreHeapThanItsRaster(String format, int copies) throws IOException {
        int width = 4000;
        int height = 3000;
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_3BYTE_BGR);
        image.setRGB(width - 1, height - 1, 0xFFFFFF);
        var file = new ByteArrayOutputStream();
        ImageIO.write(image, format, file);
        byte[] bytes = file.toByteArray();
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        LongAdder sum = new LongAdder();

        long before = threads.getCurrentThreadAllocatedBytes();
        ImageDecoder.decode(bytes, "large", ImageDecoder.STRIP, new Sum(sum));
        long taken = threads.getCurrentThreadAllocatedBytes() - before;

        assertThat(taken).isLessThan(3L * copies * width * height + 3L * bytes.length + (4 << 20));
        assertThat(sum.sum()).isPositive();
    }

    @Test
    void aLargePictureIsReadInStripsThatFit() {
        ImageHeader photo = new ImageHeader(ImageHeader.Format.JPEG, 8000, 6250, 8, -1, 3);

        assertThat(photo.rasterBytes(ImageDecoder.STRIP)).isBetween(40L << 20, 48L << 20);
        assertThat(photo.stripRows(1)).isEqualTo(1);
        assertThat(photo.stripRows(Integer.MAX_VALUE)).isEqualTo(6250);
    }

    /// Adds up what comes.
    private record Sum(LongAdder sum) implements PixelRows {

        @Override
        public void begin(int width, int height) {}

        @Override
        public void row(int y, byte[] rgb) {
            for (byte value : rgb) {
                sum.add(value & 0xFF);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x01, 0xD0, 0xD7})
    void markersWithoutALengthHideNoFrame(int marker) {
        byte[] jpeg = PictureFiles.encoded("jpeg", 40, 30, 1);
        // read with a length, the marker would reach over the true frame to a small one
        byte[] hidden = inserted(jpeg, 2, 0xFF, marker);

        assertThat(ImageHeader.read(new ByteArrayInputStream(hidden), "a.jpg").width())
                .isEqualTo(40);
        assertThat(ImageDecoder.decode(hidden, "a.jpg").pixels())
                .isEqualTo(ImageDecoder.decode(jpeg, "a.jpg").pixels());
    }

    @Test
    void aJpegOfTwoFramesIsRefused() {
        byte[] jpeg = PictureFiles.encoded("jpeg", 40, 30, 1);
        byte[] two = inserted(jpeg, 2, 0xFF, 0xC0, 0, 11, 8, 0, 16, 0, 16, 1, 1, 0x11, 0);

        assertThatThrownBy(() -> ImageDecoder.decode(two, "a.jpg"))
                .isInstanceOf(UnreadableImageException.class)
                .hasMessage("a.jpg: the JPEG has two frame headers");
    }

    @Test
    void thePixelsMustHaveTheSizeThatWasChecked() {
        byte[] jpeg = PictureFiles.encoded("jpeg", 40, 30, 1);
        ImageHeader other = new ImageHeader(ImageHeader.Format.JPEG, 16, 16, 8, -1, 3);

        assertThatThrownBy(() -> JpegDecoder.decode(jpeg, other, "a.jpg", 1 << 20, new Image.Collector()))
                .isInstanceOf(UnreadableImageException.class)
                .hasMessage("a.jpg: the JPEG header is damaged");
    }

    private static byte[] inserted(byte[] bytes, int at, int... more) {
        byte[] result = new byte[bytes.length + more.length];
        System.arraycopy(bytes, 0, result, 0, at);
        for (int i = 0; i < more.length; i++) {
            result[at + i] = (byte) more[i];
        }
        System.arraycopy(bytes, at, result, at + more.length, bytes.length - at);
        return result;
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
