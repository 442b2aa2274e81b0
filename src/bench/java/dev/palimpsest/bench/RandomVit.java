package dev.palimpsest.bench;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.Arrays;
import java.util.Random;

/// A Vision Transformer before any training, under the published tensor names.
final class RandomVit {

    private static final double DEVIATION = 0.02;

    private final Random random;
    private final TensorBundle weights = new TensorBundle();

    private RandomVit(long seed) {
        this.random = new Random(seed);
    }

    /// Weights normal with deviation 0.02, biases 0, norms 1 and 0.
    static TensorBundle of(int side, int patch, int depth, int width, long seed) {
        RandomVit vit = new RandomVit(seed);
        int hidden = 4 * width;
        int tokens = (side / patch) * (side / patch) + 1;
        vit.normal("cls_token", 1, 1, width);
        vit.normal("pos_embed", 1, tokens, width);
        vit.normal("patch_embed.proj.weight", width, 3, patch, patch);
        vit.constant("patch_embed.proj.bias", 0, width);
        for (int i = 0; i < depth; i++) {
            String block = "blocks." + i + ".";
            vit.norm(block + "norm1", width);
            vit.linear(block + "attn.qkv", 3L * width, width);
            vit.linear(block + "attn.proj", width, width);
            vit.norm(block + "norm2", width);
            vit.linear(block + "mlp.fc1", hidden, width);
            vit.linear(block + "mlp.fc2", width, hidden);
        }
        vit.norm("norm", width);
        return vit.weights;
    }

    private void linear(String name, long out, long in) {
        normal(name + ".weight", out, in);
        constant(name + ".bias", 0, out);
    }

    private void norm(String name, long width) {
        constant(name + ".weight", 1, width);
        constant(name + ".bias", 0, width);
    }

    private void normal(String name, long... shape) {
        float[] values = new float[size(shape)];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * DEVIATION);
        }
        weights.put(name, HostTensor.ofFloats(values, shape));
    }

    private void constant(String name, float value, long... shape) {
        float[] values = new float[size(shape)];
        Arrays.fill(values, value);
        weights.put(name, HostTensor.ofFloats(values, shape));
    }

    private static int size(long... shape) {
        long size = 1;
        for (long dimension : shape) {
            size *= dimension;
        }
        return Math.toIntExact(size);
    }
}
