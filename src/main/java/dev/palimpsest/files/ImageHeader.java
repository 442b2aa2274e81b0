package dev.palimpsest.files;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// What the first bytes of a picture say, read without decoding: a picture that would fill the memory is
/// refused before it does.
///
/// @param depth bits a sample; 8 for JPEG
/// @param colorType PNG's number; -1 for the others
/// @param pixelBytes of a pixel in ImageIO's raster at most; 0 where the samples are read from the file
public record ImageHeader(Format format, int width, int height, int depth, int colorType, int pixelBytes) {

    /// Chosen by content, never by the file's name.
    enum Format {
        PNG,
        JPEG,
        PPM
    }

    private static final long PNG_SIGNATURE_REST = 0x0D0A1A0AL;
    private static final int IHDR = 0x49484452;

    /// Reads as little of the stream as it needs. Does not close it.
    ///
    /// @throws UnreadableImageException if the format is not accepted, the header damaged or the picture too
    ///     large
    public static ImageHeader read(InputStream stream, String name) {
        ImageHeader header;
        try {
            header = read(new DataInputStream(stream), name);
        } catch (EOFException e) {
            throw new UnreadableImageException(name, "the file ends inside its header", e);
        } catch (IOException e) {
            ReadInterruption.check(e);
            throw new UnreadableImageException(name, "cannot be read: " + e.getMessage(), e);
        }
        if (header.width < 1 || header.height < 1) {
            throw new UnreadableImageException(
                    name, "the header says %d x %d pixels".formatted(header.width, header.height));
        }
        if ((long) header.width * header.height > ReadLimits.PIXELS) {
            throw new UnreadableImageException(
                    name,
                    "%d x %d pixels are more than the allowed %d"
                            .formatted(header.width, header.height, ReadLimits.PIXELS));
        }
        return header;
    }

    private static ImageHeader read(DataInputStream in, String name) throws IOException {
        int first = in.read();
        int second = in.read();
        if (first == 0x89 && second == 'P') {
            return png(in, name);
        }
        if (first == 0xFF && second == 0xD8) {
            return jpeg(in, name);
        }
        if (first == 'P' && (second == '5' || second == '6')) {
            return ppm(in, name);
        }
        throw new UnreadableImageException(
                name, first < 0 ? "the file is empty" : "not a PNG, JPEG or PPM (P5, P6) picture");
    }

    private static ImageHeader png(DataInputStream in, String name) throws IOException {
        boolean signature = in.readUnsignedShort() == 0x4E47 && (in.readInt() & 0xFFFFFFFFL) == PNG_SIGNATURE_REST;
        in.readInt(); // length of the chunk
        if (!signature || in.readInt() != IHDR) {
            throw new UnreadableImageException(name, "the PNG header is damaged");
        }
        int width = in.readInt();
        int height = in.readInt();
        int depth = in.readUnsignedByte();
        int colorType = in.readUnsignedByte();
        int samples = switch (colorType) {
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> 1;
        };
        return new ImageHeader(Format.PNG, width, height, depth, colorType, samples * (depth == 16 ? 2 : 1));
    }

    /// Walks the segments up to the frame header; entropy-coded data come after it.
    private static ImageHeader jpeg(DataInputStream in, String name) throws IOException {
        while (true) {
            int marker = in.readUnsignedByte();
            if (marker != 0xFF) {
                throw new UnreadableImageException(name, "the JPEG header is damaged");
            }
            while (marker == 0xFF) {
                marker = in.readUnsignedByte();
            }
            if (standsAlone(marker)) {
                continue;
            }
            int length = in.readUnsignedShort();
            if (isFrame(marker)) {
                int depth = in.readUnsignedByte();
                int height = in.readUnsignedShort();
                int width = in.readUnsignedShort();
                return new ImageHeader(Format.JPEG, width, height, depth, -1, in.readUnsignedByte());
            }
            in.skipNBytes(Math.max(0, length - 2));
        }
    }

    /// SOF0 to SOF15 without the three numbers that mean tables (`DHT`, `JPG`, `DAC`).
    static boolean isFrame(int marker) {
        return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    }

    /// `TEM` and `RST0` to `RST7` have no length and no content.
    static boolean standsAlone(int marker) {
        return marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7);
    }

    /// Rows of a strip whose raster has at most so many bytes; one if even that is too much.
    int stripRows(int most) {
        return Math.clamp(most / Math.max(1, (long) width * pixelBytes), 1, height);
    }

    /// The heap that ImageIO's raster takes while the picture is decoded.
    public long rasterBytes(int most) {
        return (long) width * pixelBytes * stripRows(most);
    }

    private static ImageHeader ppm(DataInputStream in, String name) throws IOException {
        int width = PpmDecoder.number(in, name);
        int height = PpmDecoder.number(in, name);
        int most = PpmDecoder.number(in, name);
        return new ImageHeader(Format.PPM, width, height, most > 255 ? 16 : 8, -1, 0);
    }
}
