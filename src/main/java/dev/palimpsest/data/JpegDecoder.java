package dev.palimpsest.data;

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

    static Image decode(byte[] bytes, String name) throws IOException {
        Markers markers = markers(bytes);
        if (!markers.complete()) {
            // ImageIO would fill the rest with grey
            throw new UnreadableImageException(name, "the JPEG is cut short: it has no end marker");
        }
        Raster raster = ImageDecoder.withReader("jpeg", bytes, reader -> reader.readRaster(0, null));
        int plane = raster.getWidth() * raster.getHeight();
        byte[] pixels = new byte[3 * plane];
        switch (raster.getNumBands()) {
            case 1 -> grey(raster, pixels, plane);
            case 3 -> color(raster, markers.luminance(), pixels, plane);
            case 4 -> fourColors(raster, markers.adobe() == 2, pixels, plane);
            default ->
                throw new UnreadableImageException(
                        name, "JPEGs of 1, 3 or 4 components are accepted, got " + raster.getNumBands());
        }
        return new Image(raster.getWidth(), raster.getHeight(), pixels);
    }

    private static void grey(Raster raster, byte[] pixels, int plane) {
        int[] samples = band(raster, 0);
        for (int i = 0; i < plane; i++) {
            pixels[i] = (byte) samples[i];
        }
        System.arraycopy(pixels, 0, pixels, plane, plane);
        System.arraycopy(pixels, 0, pixels, 2 * plane, plane);
    }

    private static void color(Raster raster, boolean luminance, byte[] pixels, int plane) {
        int[] a = band(raster, 0);
        int[] b = band(raster, 1);
        int[] c = band(raster, 2);
        for (int i = 0; i < plane; i++) {
            pixels[i] = (byte) (luminance ? red(a[i], c[i]) : a[i]);
            pixels[plane + i] = (byte) (luminance ? green(a[i], b[i], c[i]) : b[i]);
            pixels[2 * plane + i] = (byte) (luminance ? blue(a[i], b[i]) : c[i]);
        }
    }

    /// Four components are stored inverted, as Adobe does: what is stored is already 255 minus the ink.
    /// Each color is max(0, (255 - K) - C (255 - K) / 255), the product rounded.
    private static void fourColors(Raster raster, boolean luminance, byte[] pixels, int plane) {
        int[] a = band(raster, 0);
        int[] b = band(raster, 1);
        int[] c = band(raster, 2);
        int[] k = band(raster, 3);
        for (int i = 0; i < plane; i++) {
            int cyan = luminance ? red(a[i], c[i]) : 255 - a[i];
            int magenta = luminance ? green(a[i], b[i], c[i]) : 255 - b[i];
            int yellow = luminance ? blue(a[i], b[i]) : 255 - c[i];
            pixels[i] = (byte) withBlack(cyan, k[i]);
            pixels[plane + i] = (byte) withBlack(magenta, k[i]);
            pixels[2 * plane + i] = (byte) withBlack(yellow, k[i]);
        }
    }

    private static int withBlack(int ink, int white) {
        int product = ink * white + 128;
        return Math.max(0, white - (((product >> 8) + product) >> 8));
    }

    private static int[] band(Raster raster, int band) {
        return raster.getSamples(
                raster.getMinX(), raster.getMinY(), raster.getWidth(), raster.getHeight(), band, (int[]) null);
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
    private static Markers markers(byte[] bytes) {
        boolean jfif = false;
        int adobe = -1;
        boolean rgbNames = false;
        int at = 2;
        while (at + 4 <= bytes.length) {
            int marker = bytes[at + 1] & 0xFF;
            if (marker == 0xFF) {
                at++;
                continue;
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
