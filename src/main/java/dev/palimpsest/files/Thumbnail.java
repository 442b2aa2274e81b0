package dev.palimpsest.files;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/// A picture made small while it is decoded: each pixel is the mean of those that fall upon it, so that nobody needs
/// room for all of the picture. One that is small enough stays as it is.
public final class Thumbnail implements PixelRows {

    private final int side;
    private int sourceWidth;
    private int sourceHeight;
    private int width;
    private int height;
    private long[] sums = {};
    private int[] counts = {};

    /// @param side of the result at most, in pixels
    public Thumbnail(int side) {
        this.side = side;
    }

    @Override
    public void begin(int pictureWidth, int pictureHeight) {
        sourceWidth = pictureWidth;
        sourceHeight = pictureHeight;
        double shrink = Math.min(1, (double) side / Math.max(pictureWidth, pictureHeight));
        width = Math.max(1, (int) Math.rint(pictureWidth * shrink));
        height = Math.max(1, (int) Math.rint(pictureHeight * shrink));
        sums = new long[3 * width * height];
        counts = new int[width * height];
    }

    @Override
    public void row(int y, byte[] rgb) {
        int down = (int) ((long) y * height / sourceHeight) * width;
        for (int x = 0; x < sourceWidth; x++) {
            int pixel = down + (int) ((long) x * width / sourceWidth);
            counts[pixel]++;
            for (int channel = 0; channel < 3; channel++) {
                sums[3 * pixel + channel] += rgb[channel * sourceWidth + x] & 0xFF;
            }
        }
    }

    /// The result as a PNG.
    public byte[] png() {
        var image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        for (int pixel = 0; pixel < counts.length; pixel++) {
            int rgb = 0;
            for (int channel = 0; channel < 3; channel++) {
                rgb = rgb << 8 | (int) ((sums[3 * pixel + channel] + counts[pixel] / 2) / counts[pixel]);
            }
            image.setRGB(pixel % width, pixel / width, rgb);
        }
        var bytes = new ByteArrayOutputStream();
        ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
        try (var out = new MemoryCacheImageOutputStream(bytes)) {
            writer.setOutput(out);
            writer.write(image);
        } catch (IOException e) {
            throw new UncheckedIOException("a thumbnail cannot be written", e);
        } finally {
            writer.dispose();
        }
        return bytes.toByteArray();
    }
}
