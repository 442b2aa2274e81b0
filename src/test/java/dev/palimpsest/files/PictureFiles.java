package dev.palimpsest.files;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;

/// Small pictures and archives for tests.
public final class PictureFiles {

    private PictureFiles() {}

    /// A picture of random colors.
    public static byte[] png(int width, int height, long seed) {
        return encoded("png", width, height, seed);
    }

    public static byte[] encoded(String format, int width, int height, long seed) {
        BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        var draws = new Random(seed);
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                image.setRGB(x, y, draws.nextInt(1 << 24));
            }
        }
        var bytes = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, format, bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// `split/class` pictures of 8 x 8 pixels: two classes, `cat` and `train`, with 4 + 2 pictures each.
    public static Map<String, byte[]> twoClasses() {
        Map<String, byte[]> files = new LinkedHashMap<>();
        long seed = 0;
        for (String label : new String[] {"train", "cat"}) {
            for (int i = 0; i < 6; i++) {
                files.put("%s/%s/%d.png".formatted(i < 4 ? "train" : "test", label, i), png(8, 8, ++seed));
            }
        }
        return files;
    }

    public static Map<String, byte[]> below(String folder, Map<String, byte[]> files) {
        Map<String, byte[]> moved = new LinkedHashMap<>();
        files.forEach((name, bytes) -> moved.put(folder + "/" + name, bytes));
        return moved;
    }

    public static Path folder(Path root, Map<String, byte[]> files) {
        try {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                Path path = root.resolve(file.getKey());
                Path parent = path.getParent();
                Files.createDirectories(parent == null ? root : parent);
                Files.write(path, file.getValue());
            }
            return root;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Path zip(Path path, Map<String, byte[]> files) {
        try (var zip = new ZipOutputStream(Files.newOutputStream(path), StandardCharsets.UTF_8)) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                zip.putNextEntry(new ZipEntry(file.getKey()));
                zip.write(file.getValue());
                zip.closeEntry();
            }
            return path;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
