package dev.palimpsest.files;

import java.awt.Rectangle;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/// PNG, JPEG and PPM to RGB by the rules of Pillow's `convert('RGB')`, on which published numbers rest: alpha
/// is dropped without a background, palettes are looked up, grey is repeated, gamma, color profiles and EXIF
/// orientation are ignored.
///
/// Samples are read from the raster: `getRGB` would brighten grey pictures by a gamma of its own. A large
/// picture is read in strips, each from the file's start, so that the heap holds one strip at a time.
public final class ImageDecoder {

    /// Bytes of ImageIO's raster at once. A photo of 16 megapixels is one strip.
    public static final int STRIP = 48 << 20;

    private static final int PNG_SIGNATURE = 8;
    private static final int PNG_CHUNK = 12; // length, type and checksum around the content
    private static final int IEND = 0x49454E44;

    private ImageDecoder() {}

    /// Decodes one file.
    ///
    /// @param name for messages
    /// @throws UnreadableImageException if the format is not accepted or the content damaged or too large
    public static Image decode(byte[] bytes, String name) {
        Image.Collector collector = new Image.Collector();
        decode(bytes, name, STRIP, collector);
        return collector.image();
    }

    /// Decodes one file straight to where its pixels go. After a failure some of its rows may be there.
    ///
    /// @param name for messages
    /// @param strip most bytes of a raster, if one row needs no more
    /// @throws UnreadableImageException if the format is not accepted or the content damaged or too large
    public static void decode(byte[] bytes, String name, int strip, PixelRows target) {
        ImageHeader header = ImageHeader.read(new ByteArrayInputStream(bytes), name);
        try {
            switch (header.format()) {
                case PNG -> png(bytes, header, name, strip, target);
                case JPEG -> JpegDecoder.decode(bytes, header, name, strip, target);
                case PPM -> PpmDecoder.decode(bytes, name, target);
            }
        } catch (UnreadableImageException e) {
            throw e;
        } catch (IOException | RuntimeException e) {
            // damaged files make ImageIO's readers throw whatever they run into
            throw new UnreadableImageException(name, "does not decode: " + e.getMessage(), e);
        }
    }

    private static void png(byte[] bytes, ImageHeader header, String name, int strip, PixelRows target)
            throws IOException {
        if (!wholePng(bytes)) {
            // ImageIO is content once it has all pixels, or what it takes for them
            throw new UnreadableImageException(name, "the PNG is cut short: it has no end chunk");
        }
        boolean wideGrey = header.depth() == 16 && header.colorType() == 0;
        target.begin(header.width(), header.height());
        strips("png", bytes, header, name, strip, (reader, part, first) -> {
            BufferedImage image = reader.read(0, part);
            rows(image, wideGrey, first, target);
            return image.getHeight();
        });
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
        Image.Collector collector = new Image.Collector();
        collector.begin(image.getWidth(), image.getHeight());
        rows(image, clipped, 0, collector);
        return collector.image();
    }

    /// @param first of the whole picture's rows that the strip begins with
    private static void rows(BufferedImage strip, boolean clipped, int first, PixelRows target) {
        int width = strip.getWidth();
        Raster raster = strip.getRaster();
        int[] samples = new int[width];
        byte[] rgb = new byte[3 * width];
        for (int y = 0; y < strip.getHeight(); y++) {
            if (strip.getColorModel() instanceof IndexColorModel palette) {
                lookUp(raster.getSamples(0, y, width, 1, 0, samples), palette, rgb);
            } else {
                read(raster, y, clipped, samples, rgb);
            }
            target.row(first + y, rgb);
        }
    }

    private static void read(Raster raster, int y, boolean clipped, int[] samples, byte[] rgb) {
        int width = samples.length;
        boolean wide = raster.getSampleModel().getSampleSize(0) == 16;
        boolean color = raster.getNumBands() >= 3;
        for (int channel = 0; channel < 3; channel++) {
            raster.getSamples(0, y, width, 1, color ? channel : 0, samples);
            int offset = channel * width;
            for (int x = 0; x < width; x++) {
                int value = samples[x];
                rgb[offset + x] = (byte) (wide ? (clipped ? Math.min(value, 255) : value >> 8) : value);
            }
        }
    }

    private static void lookUp(int[] samples, IndexColorModel palette, byte[] rgb) {
        int width = samples.length;
        for (int x = 0; x < width; x++) {
            rgb[x] = (byte) palette.getRed(samples[x]);
            rgb[width + x] = (byte) palette.getGreen(samples[x]);
            rgb[2 * width + x] = (byte) palette.getBlue(samples[x]);
        }
    }

    @FunctionalInterface
    interface Strip {

        /// Reads one strip and hands its rows on.
        ///
        /// @param part what to read
        /// @param first its first row in the whole picture
        /// @return how many rows came
        int read(ImageReader reader, ImageReadParam part, int first) throws IOException;
    }

    /// Reads a picture from top to bottom. Whatever the file claims elsewhere, ImageIO must see the sizes that
    /// were checked.
    static void strips(String format, byte[] bytes, ImageHeader header, String name, int most, Strip each)
            throws IOException {
        int rows = header.stripRows(most);
        for (int first = 0; first < header.height(); first += rows) {
            ImageReader reader = ImageIO.getImageReadersByFormatName(format).next();
            try (var stream = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
                reader.setInput(stream, true, true);
                if (reader.getWidth(0) != header.width() || reader.getHeight(0) != header.height()) {
                    throw new UnreadableImageException(
                            name,
                            "the %s header is damaged".formatted(header.format().name()));
                }
                ImageReadParam part = reader.getDefaultReadParam();
                int wanted = Math.min(rows, header.height() - first);
                part.setSourceRegion(new Rectangle(0, first, header.width(), wanted));
                if (each.read(reader, part, first) != wanted) {
                    throw new UnreadableImageException(
                            name,
                            "the %s header is damaged".formatted(header.format().name()));
                }
            } finally {
                reader.dispose();
            }
        }
    }
}
