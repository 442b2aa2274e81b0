package dev.palimpsest.support;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import javax.imageio.ImageIO;

/// Weights and pictures that are as small as they can be: a ViT of two blocks, width 32, patch 8, images of
/// 32 pixels, and zips of noise.
public final class TinyInputs {

    private static final int WIDTH = 32;
    private static final int MLP = 64;
    private static final int PATCH = 8;
    private static final int TOKENS = 17; // 4 x 4 patches and the class token
    private static final int BLOCKS = 2;

    private TinyInputs() {}

    /// A safetensors file with random values.
    public static byte[] weights(long seed) {
        return file(bundle(seed));
    }

    public static byte[] file(TensorBundle bundle) {
        var out = new ByteArrayOutputStream();
        Safetensors.write(out, bundle, Map.of());
        return out.toByteArray();
    }

    /// The tensors by their published names.
    public static TensorBundle bundle(long seed) {
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("patch_embed.proj.weight", new long[] {WIDTH, 3, PATCH, PATCH});
        shapes.put("patch_embed.proj.bias", new long[] {WIDTH});
        shapes.put("cls_token", new long[] {1, 1, WIDTH});
        shapes.put("pos_embed", new long[] {1, TOKENS, WIDTH});
        for (int i = 0; i < BLOCKS; i++) {
            String block = "blocks." + i + ".";
            shapes.put(block + "norm1.weight", new long[] {WIDTH});
            shapes.put(block + "norm1.bias", new long[] {WIDTH});
            shapes.put(block + "attn.qkv.weight", new long[] {3 * WIDTH, WIDTH});
            shapes.put(block + "attn.qkv.bias", new long[] {3 * WIDTH});
            shapes.put(block + "attn.proj.weight", new long[] {WIDTH, WIDTH});
            shapes.put(block + "attn.proj.bias", new long[] {WIDTH});
            shapes.put(block + "norm2.weight", new long[] {WIDTH});
            shapes.put(block + "norm2.bias", new long[] {WIDTH});
            shapes.put(block + "mlp.fc1.weight", new long[] {MLP, WIDTH});
            shapes.put(block + "mlp.fc1.bias", new long[] {MLP});
            shapes.put(block + "mlp.fc2.weight", new long[] {WIDTH, MLP});
            shapes.put(block + "mlp.fc2.bias", new long[] {WIDTH});
        }
        shapes.put("norm.weight", new long[] {WIDTH});
        shapes.put("norm.bias", new long[] {WIDTH});
        var random = new Random(seed);
        var bundle = new TensorBundle();
        shapes.forEach((name, shape) -> bundle.put(name, random(random, shape)));
        return bundle;
    }

    public static HostTensor random(Random random, long... shape) {
        int count = 1;
        for (long size : shape) {
            count *= (int) size;
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian() * 0.2f;
        }
        return HostTensor.ofFloats(values, shape);
    }

    /// `train` and `test` of classes `class_0` and so on, PNG, 32 x 32, noise.
    public static byte[] pictures(int classes, int train, int test, long seed) {
        return zip(entries(classes, train, test, seed));
    }

    public static Map<String, byte[]> entries(int classes, int train, int test, long seed) {
        var random = new Random(seed);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        for (int label = 0; label < classes; label++) {
            for (int i = 0; i < train; i++) {
                entries.put("train/class_%d/%d.png".formatted(label, i), picture(random));
            }
            for (int i = 0; i < test; i++) {
                entries.put("test/class_%d/%d.png".formatted(label, i), picture(random));
            }
        }
        return entries;
    }

    private static byte[] picture(Random random) {
        var image = new BufferedImage(32, 32, BufferedImage.TYPE_INT_RGB);
        for (int y = 0; y < 32; y++) {
            for (int x = 0; x < 32; x++) {
                image.setRGB(x, y, random.nextInt(1 << 24));
            }
        }
        var out = new ByteArrayOutputStream();
        try {
            ImageIO.write(image, "png", out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }

    public static byte[] zip(Map<String, byte[]> entries) {
        var out = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(out)) {
            for (var entry : entries.entrySet()) {
                zip.putNextEntry(new ZipEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeEntry();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toByteArray();
    }
}
