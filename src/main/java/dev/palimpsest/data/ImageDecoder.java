package dev.palimpsest.data;

import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// PNG, JPEG and PPM to RGB by the rules of Pillow's `convert('RGB')`, on which published numbers rest: alpha
/// is dropped without a background, palettes are looked up, grey is repeated, gamma, color profiles and EXIF
/// orientation are ignored.
///
/// Samples are read from the raster: `getRGB` would brighten grey pictures by a gamma of its own.
public final class ImageDecoder {

    private static final int PNG_SIGNATURE = 8;
    private static final int PNG_CHUNK = 12; // length, type and checksum around the content
    private static final int IEND = 0x49454E44;

    private ImageDecoder() {}

    /// Decodes one file.
    ///
    /// @param name for messages
    /// @throws UnreadableImageException if the format is not accepted or the content damaged or too large
    public static Image decode(byte[] bytes, String name) {
        ImageHeader header = ImageHeader.read(new ByteArrayInputStream(bytes), name);
        try {
            return switch (header.format()) {
                case PNG -> png(bytes, header, name);
                case JPEG -> JpegDecoder.decode(bytes, name);
                case PPM -> PpmDecoder.decode(bytes, name);
            };
        } catch (UnreadableImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // damaged files make ImageIO's readers throw whatever they run into
            throw new UnreadableImageException(name, "does not decode: " + e.getMessage(), e);
        }
    }

    private static Image png(byte[] bytes, ImageHeader header, String name) throws IOException {
        if (!wholePng(bytes)) {
            // ImageIO is content once it has all pixels, or what it takes for them
            throw new UnreadableImageException(name, "the PNG is cut short: it has no end chunk");
        }
        BufferedImage image = withReader("png", bytes, reader -> reader.read(0));
        if (image.getWidth() != header.width() || image.getHeight() != header.height()) {
            throw new UnreadableImageException(name, "the PNG header is damaged");
        }
        boolean wideGrey = header.depth() == 16 && header.colorType() == 0;
        return toRgb(image, wideGrey);
    }

    private static boolean wholePng(byte[] bytes) {
        ByteBuffer chunks = ByteBuffer.wrap(bytes);
        long at = PNG_SIGNATURE;
        while (at + PNG_CHUNK <= bytes.length) {
            if (chunks.getInt((int) at + 4) == IEND) {
                return true;
            }
            at += PNG_CHUNK + (chunks.getInt((int) at) & 0xFFFFFFFFL);
        }
        return false;
    }

    /// Reads the samples of any picture that ImageIO gives.
    ///
    /// @param clipped 16-bit values are cut at 255 (Pillow's rule for 16-bit grey), else their high byte
    ///     counts
    static Image toRgb(BufferedImage image, boolean clipped) {
        int width = image.getWidth();
        int height = image.getHeight();
        int plane = width * height;
        byte[] pixels = new byte[3 * plane];
        if (image.getColorModel() instanceof IndexColorModel palette) {
            lookUp(image.getRaster(), palette, pixels, plane);
            return new Image(width, height, pixels);
        }
        Raster raster = image.getRaster();
        boolean wide = raster.getSampleModel().getSampleSize(0) == 16;
        boolean color = raster.getNumBands() >= 3;
        int[] row = new int[width];
        for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < height; y++) {
                raster.getSamples(0, y, width, 1, color ? channel : 0, row);
                int offset = channel * plane + y * width;
                for (int x = 0; x < width; x++) {
                    pixels[offset + x] = (byte) (wide ? (clipped ? Math.min(row[x], 255) : row[x] >> 8) : row[x]);
                }
            }
        }
        return new Image(width, height, pixels);
    }

    private static void lookUp(Raster raster, IndexColorModel palette, byte[] pixels, int plane) {
        int width = raster.getWidth();
        int[] row = new int[width];
        for (int y = 0; y < raster.getHeight(); y++) {
            raster.getSamples(0, y, width, 1, 0, row);
            for (int x = 0; x < width; x++) {
                int at = y * width + x;
                pixels[at] = (byte) palette.getRed(row[x]);
                pixels[plane + at] = (byte) palette.getGreen(row[x]);
                pixels[2 * plane + at] = (byte) palette.getBlue(row[x]);
            }
        }
    }

    @FunctionalInterface
    interface Reading<T> {
        T read(ImageReader reader) throws IOException;
    }

    static <T> T withReader(String format, byte[] bytes, Reading<T> reading) throws IOException {
        ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
        try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
            reader.setInput(stream, true, true);
            return reading.read(reader);
        } finally {
            reader.dispose();
        }
    }
}
