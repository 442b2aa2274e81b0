package dev.palimpsest.bench;

import dev.palimpsest.checkpoints.FreeSpace;
import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Backbone;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.PixelRecipe;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.SiteValues;
import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.NumericMode;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TorchRuntime;
import dev.palimpsest.training.PictureMemory;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/// A ViT with patches of 16 at 224 with random weights, 100 classes in ten tasks, and adapters of rank 16 at all
/// six matrices of every block: the model of the peers.
final class RandomNetwork implements AutoCloseable {

    /// Pictures of any size stay in memory.
    static final PictureMemory IN_MEMORY =
            new PictureMemory(Long.MAX_VALUE, Path.of("target/pictures"), new FreeSpace(0));

    static final int SIDE = 224;
    static final int CLASSES = 100;
    static final int CLASSES_A_TASK = 10;
    static final double SCALE = 1.0 / 16;

    private static final int RANK = 16;
    private static final int PATCH = 16;
    private static final int DEPTH = 12;
    private static final double DEVIATION = 0.02;

    private final Backbone backbone;
    private final Network network;

    /// ViT-Tiny and ViT-B.
    private enum Model {
        TINY(192, 3),
        BASE(768, 12);

        private final int width;
        private final int heads;

        Model(int width, int heads) {
            this.width = width;
            this.heads = heads;
        }
    }

    private RandomNetwork(Backbone backbone, Network network) {
        this.backbone = backbone;
        this.network = network;
    }

    /// What a program's options ask for: `threads` of one operation; `precision` `fp32`, `bf16`, or a numeric
    /// mode by its name; `side` of the pictures, 224 as they are, others cropped and resized; `model` `tiny` or
    /// `base`; `device`.
    static RandomNetwork of(Options options) {
        TorchRuntime runtime = TorchRuntime.start(options.number("threads"));
        Model model = Model.valueOf(options.text("model").toUpperCase(Locale.ROOT));
        String precision = options.text("precision");
        String device = options.text("device");
        NumericMode mode = precision.equals("bf16")
                ? NumericMode.half(device, model.width / model.heads)
                : NumericMode.byName(precision);
        Backbone backbone = backbone(runtime, model, device);
        AdapterSettings adapters = new AdapterSettings(RANK, EnumSet.allOf(Site.class), DEPTH, SCALE);
        PixelRecipe pixels = pixels(options.number("side") != SIDE);
        return new RandomNetwork(backbone, new Network(runtime, backbone, adapters, CLASSES, false, mode, pixels, 1));
    }

    private static Backbone backbone(TorchRuntime runtime, Model model, String device) {
        try {
            Path file = Files.createTempFile("random-vit", ".safetensors");
            try (OutputStream out = Files.newOutputStream(file)) {
                Safetensors.write(out, RandomVit.of(SIDE, PATCH, DEPTH, model.width, 1), Map.of("format", "pt"));
            }
            try (Safetensors weights = Safetensors.open(file)) {
                return Backbone.load(runtime, weights, model.heads, SIDE, ElementType.FLOAT32, device);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write random weights to a temporary file", e);
        }
    }

    /// Bilinear crops and flips for training; shorter side to 256, bicubic, then the centre for evaluation.
    private static PixelRecipe pixels(boolean resized) {
        List<Double> half = List.of(.5, .5, .5);
        int larger = SIDE * 8 / 7;
        return new PixelRecipe(resized, 0.08, 1, false, resized, 0, resized ? 2 : 0, larger, true, half, half);
    }

    Network network() {
        return network;
    }

    /// Adds adapters, all but the newest with drawn values of B.
    void grow(int adapters) {
        for (int i = 0; i < adapters; i++) {
            network.bank().grow(i);
        }
        Random random = new Random(1);
        TensorBundle drawn = new TensorBundle();
        TensorBundle saved = network.bank().save();
        for (String name : saved.names()) {
            HostTensor factor = saved.get(name);
            drawn.put(name, name.contains(".up.") ? normal(factor, random) : factor);
        }
        network.bank().restore(drawn, adapters - 1);
    }

    private static HostTensor normal(HostTensor like, Random random) {
        float[] values = new float[like.floats().length];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * DEVIATION);
        }
        return HostTensor.ofFloats(values, like.shape());
    }

    /// The same number at every site.
    SiteValues everywhere(double value) {
        return SiteValues.all(DEPTH, value);
    }

    /// The network as it is after so many tasks.
    AdapterView snapshot(int tasks) {
        return AdapterView.first(tasks, everywhere(SCALE));
    }

    @Override
    public void close() {
        network.close();
        backbone.close();
    }
}
