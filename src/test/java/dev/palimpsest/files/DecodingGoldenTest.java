package dev.palimpsest.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.palimpsest.support.GoldenCases;
import dev.palimpsest.support.GoldenTensors;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/// Files of odd color layouts against Pillow's `convert('RGB')`.
class DecodingGoldenTest {

    @TestFactory
    Stream<DynamicTest> filesDecodeAsPillowDoes() {
        return GoldenCases.tests("transforms", "transforms", golden -> {
            GoldenTensors tensors = GoldenTensors.read(golden.tensors().getFirst());
            for (String name : files(tensors)) {
                compare(name, image(tensors, name), tensors.shape(name + ".rgb"), tensors.bytes(name + ".rgb"));
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> stripsGiveTheSamePixels() {
        return GoldenCases.tests("transforms", "transforms", golden -> {
            GoldenTensors tensors = GoldenTensors.read(golden.tensors().getFirst());
            for (String name : files(tensors)) {
                if (!foreign(name)) {
                    long[] shape = tensors.shape(name + ".rgb");
                    for (int strip : new int[] {1, 300}) {
                        Image.Collector collector = new Image.Collector();
                        ImageDecoder.decode(tensors.bytes(name + ".bytes"), name, strip, collector);
                        compare(name, collector.image(), shape, tensors.bytes(name + ".rgb"));
                    }
                }
            }
        });
    }

    @TestFactory
    Stream<DynamicTest> aChangedPixelIsSeen() {
        return GoldenCases.tests("transforms", "transforms", golden -> {
            GoldenTensors tensors = GoldenTensors.read(golden.tensors().getFirst());
            for (String name : files(tensors)) {
                byte[] changed = tensors.bytes(name + ".rgb");
                int brightest = 0;
                for (int i = 0; i < changed.length; i++) {
                    brightest = (changed[i] & 0xFF) > (changed[brightest] & 0xFF) ? i : brightest;
                }
                changed[brightest] = (byte) Math.round((changed[brightest] & 0xFF) * 0.97);

                assertThatThrownBy(() -> compare(name, image(tensors, name), tensors.shape(name + ".rgb"), changed))
                        .as(name)
                        .isInstanceOf(AssertionError.class);
            }
        });
    }

    private static List<String> files(GoldenTensors tensors) {
        return tensors.names().stream()
                .filter(name -> name.startsWith("file.") && name.endsWith(".bytes"))
                .map(name -> name.substring(0, name.length() - ".bytes".length()))
                .toList();
    }

    /// GIF and BMP are no formats of data sets, so only the way from ImageIO's picture to ours is compared.
    private static Image image(GoldenTensors tensors, String name) {
        byte[] bytes = tensors.bytes(name + ".bytes");
        if (foreign(name)) {
            assertThatThrownBy(() -> ImageDecoder.decode(bytes, name)).isInstanceOf(UnreadableImageException.class);
            return ImageDecoder.toRgb(foreign(bytes), false);
        }
        return ImageDecoder.decode(bytes, name);
    }

    private static boolean foreign(String name) {
        return name.startsWith("file.gif") || name.startsWith("file.bmp");
    }

    private static BufferedImage foreign(byte[] bytes) {
        try {
            return ImageIO.read(new ByteArrayInputStream(bytes));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void compare(String name, Image image, long[] shape, byte[] expected) {
        assertThat(new long[] {image.height(), image.width(), 3}).as(name).isEqualTo(shape);
        int plane = image.width() * image.height();
        for (int i = 0; i < plane; i++) {
            for (int channel = 0; channel < 3; channel++) {
                int ours = image.pixels()[channel * plane + i] & 0xFF;
                int theirs = expected[3 * i + channel] & 0xFF;
                assertThat(ours)
                        .as("%s at x %d, y %d, channel %d", name, i % image.width(), i / image.width(), channel)
                        .isEqualTo(theirs);
            }
        }
    }
}
