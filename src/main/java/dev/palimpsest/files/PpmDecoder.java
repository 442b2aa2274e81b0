package dev.palimpsest.files;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;

/// The plainest format: `P5` (grey) or `P6` (RGB), width, height, largest value, then the samples.
final class PpmDecoder {

    private PpmDecoder() {}

    static void decode(byte[] bytes, String name, PixelRows target) throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(bytes);
        in.skipNBytes(1);
        boolean grey = in.read() == '5';
        int width = number(in, name);
        int height = number(in, name);
        int most = number(in, name);
        if (most < 1 || most > 65535) {
            throw new UnreadableImageException(name, "the largest value must be 1..65535, got " + most);
        }
        int size = most > 255 ? 2 : 1;
        int channels = grey ? 1 : 3;
        long samples = (long) width * height * channels;
        if (in.available() < samples * size) {
            throw new UnreadableImageException(
                    name, "%d bytes of pixels are needed, %d are there".formatted(samples * size, in.available()));
        }
        target.begin(width, height);
        byte[] rgb = new byte[3 * width];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < channels; channel++) {
                    int value = size == 1 ? in.read() : in.read() << 8 | in.read();
                    rgb[channel * width + x] = (byte) scaled(value, most, grey);
                }
            }
            if (grey) {
                System.arraycopy(rgb, 0, rgb, width, width);
                System.arraycopy(rgb, 0, rgb, 2 * width, width);
            }
            target.row(y, rgb);
        }
    }

    /// As Pillow: values are stretched to 0..255, but grey of 16 bits is clipped at 255.
    private static int scaled(int value, int most, boolean grey) {
        if (most == 255) {
            return value;
        }
        int full = grey && most > 255 ? 65535 : 255;
        return Math.min(255, (int) Math.rint((double) value * full / most));
    }

    /// The next decimal number of the header and the one white space after it; comments run to the end of the
    /// line.
    static int number(InputStream in, String name) throws IOException {
        int c = in.read();
        while (Character.isWhitespace(c) || c == '#') {
            if (c == '#') {
                while (c >= 0 && c != '\n' && c != '\r') {
                    c = in.read();
                }
            } else {
                c = in.read();
            }
        }
        long value = -1;
        while (c >= '0' && c <= '9' && value < Integer.MAX_VALUE) {
            value = Math.max(0, value) * 10 + (c - '0');
            c = in.read();
        }
        if (value < 0 || value > Integer.MAX_VALUE || !Character.isWhitespace(c)) {
            throw new UnreadableImageException(name, "the PPM header is damaged");
        }
        return (int) value;
    }
}
