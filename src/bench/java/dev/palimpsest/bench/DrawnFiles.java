package dev.palimpsest.bench;

import dev.palimpsest.data.Dataset;
import dev.palimpsest.data.DatasetSpec;
import dev.palimpsest.files.Image;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/// Drawn pictures as files `train/<class>/<number>`, for machines without the real archives.
final class DrawnFiles {

    private static final int CLASSES = 10;
    private static final int EACH = 96;
    private static final int DRAWN_SIDE = 32;
    private static final int JPEG_SIDE = 227;

    private DrawnFiles() {}

    /// @param kind `png`, 32 pixels, or `jpeg`, 227 pixels
    static void write(Path folder, String kind) throws IOException {
        int side = kind.equals("jpeg") ? JPEG_SIDE : DRAWN_SIDE;
        try (Dataset drawn = new DatasetSpec.Synthetic(CLASSES, EACH, 1, DRAWN_SIDE, 1).open()) {
            for (int row = 0; row < drawn.train().size(); row++) {
                Path ofClass = folder.resolve("train", "class" + drawn.train().label(row));
                Files.createDirectories(ofClass);
                ImageIO.write(
                        scaled(drawn.train().image(row), side),
                        kind,
                        ofClass.resolve(row + "." + kind).toFile());
            }
        }
    }

    private static BufferedImage scaled(Image image, int side) {
        int plane = image.width() * image.height();
        BufferedImage own = new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < plane; i++) {
            int red = image.pixels()[i] & 0xFF;
            int green = image.pixels()[plane + i] & 0xFF;
            int blue = image.pixels()[2 * plane + i] & 0xFF;
            own.setRGB(i % image.width(), i / image.width(), red << 16 | green << 8 | blue);
        }
        BufferedImage result = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        Graphics2D canvas = result.createGraphics();
        canvas.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
        canvas.drawImage(own, 0, 0, side, side, null);
        canvas.dispose();
        return result;
    }
}
