package dev.palimpsest.files;

import java.awt.image.Raster;
import java.io.IOException;

/// JPEG as libjpeg under Pillow gives it. ImageIO only undoes the compression here; colors are ours, because
/// its own conversion follows embedded profiles and guesses where libjpeg has a rule.
final class JpegDecoder {

    private static final int FIXED = 16;
    private static final int HALF = 1 << (FIXED - 1);
    private static final int RED_CR = 91881; // 1.40200 in 16 fractional bits, and so on
    private static final int GREEN_CB = 22554; // 0.34414
    private static final int GREEN_CR = 46802; // 0.71414
    private static final int BLUE_CB = 116130; // 1.77200

    /// What the markers say about the meaning of the components.
    ///
    /// @param adobe the transform of an Adobe marker, -1 without one
    /// @param rgbNames the components are called R, G and B
    private record Markers(boolean jfif, int adobe, boolean rgbNames, boolean complete) {

        /// libjpeg's rule for three components.
        boolean luminance() {
            if (jfif) {
                return true;
            }
            return adobe >= 0 ? adobe != 0 : !rgbNames;
        }
    }

    private JpegDecoder() {}

    static void decode(byte[] bytes, ImageHeader header, String name, int strip, PixelRows target) throws IOException {
        Markers markers = markers(bytes, name);
        if (!markers.complete()) {
            // ImageIO would fill the rest with grey
            throw new UnreadableImageException(name, "the JPEG is cut short: it has no end marker");
        }
        target.begin(header.width(), header.height());
        ImageDecoder.strips("jpeg", bytes, header, name, strip, (reader, part, first) -> {
            Raster raster = reader.readRaster(0, part);
            rows(raster, markers, name, first, target);
            return raster.getHeight();
        });
    }

    /// @param first of the whole picture's rows that the raster begins with
    private static void rows(Raster raster, Markers markers, String name, int first, PixelRows target) {
        int width = raster.getWidth();
        int bands = raster.getNumBands();
        int[] samples = new int[width * bands];
        byte[] rgb = new byte[3 * width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getPixels(raster.getMinX(), raster.getMinY() + y, width, 1, samples);
            switch (bands) {
                case 1 -> grey(samples, rgb);
                case 3 -> color(samples, markers.luminance(), rgb);
                case 4 -> fourColors(samples, markers.adobe() == 2, rgb);
                default ->
                    throw new UnreadableImageException(
                            name, "JPEGs of 1, 3 or 4 components are accepted, got " + bands);
            }
            target.row(first + y, rgb);
        }
    }

    private static void grey(int[] samples, byte[] rgb) {
        int width = samples.length;
        for (int x = 0; x < width; x++) {
            rgb[x] = (byte) samples[x];
        }
        System.arraycopy(rgb, 0, rgb, width, width);
        System.arraycopy(rgb, 0, rgb, 2 * width, width);
    }

    private static void color(int[] samples, boolean luminance, byte[] rgb) {
        int width = samples.length / 3;
        for (int x = 0; x < width; x++) {
            int a = samples[3 * x];
            int b = samples[3 * x + 1];
            int c = samples[3 * x + 2];
            rgb[x] = (byte) (luminance ? red(a, c) : a);
            rgb[width + x] = (byte) (luminance ? green(a, b, c) : b);
            rgb[2 * width + x] = (byte) (luminance ? blue(a, b) : c);
        }
    }

    /// Four components are stored inverted, as Adobe does: what is stored is already 255 minus the ink.
    /// Each color is max(0, (255 - K) - C (255 - K) / 255), the product rounded.
    private static void fourColors(int[] samples, boolean luminance, byte[] rgb) {
        int width = samples.length / 4;
        for (int x = 0; x < width; x++) {
            int a = samples[4 * x];
            int b = samples[4 * x + 1];
            int c = samples[4 * x + 2];
            int k = samples[4 * x + 3];
            rgb[x] = (byte) withBlack(luminance ? red(a, c) : 255 - a, k);
            rgb[width + x] = (byte) withBlack(luminance ? green(a, b, c) : 255 - b, k);
            rgb[2 * width + x] = (byte) withBlack(luminance ? blue(a, b) : 255 - c, k);
        }
    }

    private static int withBlack(int ink, int white) {
        int product = ink * white + 128;
        return Math.max(0, white - (((product >> 8) + product) >> 8));
    }

    private static int red(int luma, int cr) {
        return clamped(luma + ((RED_CR * (cr - 128) + HALF) >> FIXED));
    }

    private static int green(int luma, int cb, int cr) {
        return clamped(luma + ((-GREEN_CB * (cb - 128) - GREEN_CR * (cr - 128) + HALF) >> FIXED));
    }

    private static int blue(int luma, int cb) {
        return clamped(luma + ((BLUE_CB * (cb - 128) + HALF) >> FIXED));
    }

    private static int clamped(int value) {
        return Math.clamp(value, 0, 255);
    }

    /// Walks the segments; [ImageHeader] has seen that they lead to a frame.
    ///
    /// @throws UnreadableImageException if there are two frames: readers differ in which one they believe
    private static Markers markers(byte[] bytes, String name) {
        boolean jfif = false;
        int adobe = -1;
        boolean rgbNames = false;
        boolean framed = false;
        int at = 2;
        while (at + 4 <= bytes.length) {
            int marker = bytes[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
                continue;
            }
            if (ImageHeader.standsAlone(marker)) {
                at += 2;
                continue;
            }
            if (ImageHeader.isFrame(marker)) {
                if (framed) {
                    throw new UnreadableImageException(name, "the JPEG has two frame headers");
                }
                framed = true;
            }
            int length = unsigned(bytes, at + 2) << 8 | unsigned(bytes, at + 3);
            if (marker == 0xE0 && starts(bytes, at + 4, "JFIF\0")) {
                jfif = true;
            } else if (marker == 0xEE && length >= 14 && starts(bytes, at + 4, "Adobe")) {
                adobe = unsigned(bytes, at + 15);
            } else if (marker == 0xC0 || marker == 0xC1 || marker == 0xC2) {
                rgbNames = unsigned(bytes, at + 9) == 3
                        && unsigned(bytes, at + 10) == 'R'
                        && unsigned(bytes, at + 13) == 'G'
                        && unsigned(bytes, at + 16) == 'B';
            } else if (marker == 0xDA) {
                return new Markers(jfif, adobe, rgbNames, ends(bytes, at));
            }
            at += 2 + length;
        }
        return new Markers(jfif, adobe, rgbNames, false);
    }

    /// Coded data never contain the end marker by accident; a preview's lies before the first scan.
    private static boolean ends(byte[] bytes, int scan) {
        for (int i = bytes.length - 2; i > scan; i--) {
            if (bytes[i] == (byte) 0xFF && bytes[i + 1] == (byte) 0xD9) {
                return true;
            }
        }
        return false;
    }

    private static boolean starts(byte[] bytes, int at, String text) {
        for (int i = 0; i < text.length(); i++) {
            if (unsigned(bytes, at + i) != text.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    /// Zero behind the end, so that a damaged segment is no special case.
    private static int unsigned(byte[] bytes, int at) {
        return at < bytes.length ? bytes[at] & 0xFF : 0;
    }
}
