package dev.palimpsest.model;

import dev.palimpsest.support.HeapPictures;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/// Random networks that are small but complete: 2 blocks, width 32, 4 heads, 17 tokens.
public final class TinyNetworks {

    public static final int SIDE = 32;

    public static final int WIDTH = 32;

    private static final VitShape SHAPE = new VitShape(SIDE, 8, 2, WIDTH, 4, 64);

    private static final List<Double> HALF = List.of(0.5, 0.5, 0.5);

    /// Pixels as they are.
    public static final PixelRecipe PLAIN_PIXELS =
            new PixelRecipe(false, 1, 1, false, false, 0, 0, SIDE, false, HALF, HALF);

    private TinyNetworks() {}

    /// Weights as they lie in a file, large enough that an error anywhere shows.
    public static TensorBundle weights(long seed) {
        return weights(seed, SHAPE);
    }

    static TensorBundle weights(long seed, VitShape of) {
        Random random = new Random(seed);
        TensorBundle bundle = new TensorBundle();
        BackboneNames.expected(of).forEach((name, shape) -> {
            float[] values = new float[(int) Storage.elements(shape)];
            boolean norm = name.contains("norm") && name.endsWith("weight");
            double scale = shape.length > 1 ? 1.5 / Math.sqrt((double) shape[shape.length - 1]) : 0.3;
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((norm ? 1 : 0) + scale * random.nextGaussian());
            }
            bundle.put(name, HostTensor.ofFloats(values, shape));
        });
        return bundle;
    }

    public static Backbone backbone(TorchRuntime runtime, ElementType master, long seed) {
        return backbone(runtime, master, seed, "cpu");
    }

    public static Backbone backbone(TorchRuntime runtime, ElementType master, long seed, String device) {
        return load(runtime, weights(seed), SHAPE.heads(), SIDE, master, device);
    }

    /// One block of another width, for what needs a network's width and not its images.
    public static Backbone backboneOfWidth(TorchRuntime runtime, ElementType master, int width) {
        VitShape shape = new VitShape(SIDE, 8, 1, width, 1, width);
        return load(runtime, weights(1, shape), shape.heads(), SIDE, master);
    }

    /// A backbone of weights in memory.
    public static Backbone load(TorchRuntime runtime, TensorBundle weights, int heads, int side, ElementType master) {
        return load(runtime, weights, heads, side, master, "cpu");
    }

    private static Backbone load(
            TorchRuntime runtime, TensorBundle weights, int heads, int side, ElementType master, String device) {
        try {
            Path file = Files.createTempFile("weights", ".safetensors");
            try (OutputStream out = Files.newOutputStream(file)) {
                Safetensors.write(out, weights, Map.of());
            }
            try (Safetensors tensors = Safetensors.open(file)) {
                return Backbone.load(runtime, tensors, heads, side, master, device);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static AdapterSettings adapters(int rank, Set<Site> sites) {
        return new AdapterSettings(rank, sites, SHAPE.depth(), 1.0 / rank);
    }

    public static AdapterSettings adapters(int rank) {
        return adapters(rank, EnumSet.allOf(Site.class));
    }

    public static Network network(
            TorchRuntime runtime, Backbone backbone, AdapterSettings adapters, int classes, NumericMode mode) {
        return new Network(runtime, backbone, adapters, classes, false, mode, PLAIN_PIXELS, 5);
    }

    /// A drawn change of q and v in the first block and of fc2 in the last, large enough to be seen.
    public static DenseChange change(Network network, long seed) {
        Random random = new Random(seed);
        Map<AdapterSite, Tensor> matrices = new LinkedHashMap<>();
        for (AdapterSite site : List.of(
                new AdapterSite(0, Site.Q), new AdapterSite(0, Site.V), new AdapterSite(SHAPE.depth() - 1, Site.FC2))) {
            int out = SHAPE.out(site.matrix());
            int in = SHAPE.in(site.matrix());
            float[] values = new float[out * in];
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (0.1 * random.nextGaussian());
            }
            matrices.put(site, network.storage().of(HostTensor.ofFloats(values, out, in)));
        }
        return new DenseChange(matrices);
    }

    /// Noise as pictures.
    public static ImagePixels images(Network network, int count, long seed) {
        byte[] bytes = new byte[count * 3 * SIDE * SIDE];
        new Random(seed).nextBytes(bytes);
        return HeapPictures.uniform(network, bytes, count, SIDE, SIDE);
    }
}
