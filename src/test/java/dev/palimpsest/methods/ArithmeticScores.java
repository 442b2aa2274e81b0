package dev.palimpsest.methods;

import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.ImagePixels;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.TestPrograms;
import dev.palimpsest.model.Weights;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.stream.LongStream;

/// Features and scores of stored pictures.
final class ArithmeticScores {

    private static final int CHUNK = 16;

    private ArithmeticScores() {}

    /// Shape [n, D].
    static double[] features(Network network, AdapterView view, HostTensor pictures) {
        int count = (int) pictures.shape()[0];
        int width = network.shape().width();
        double[] result = new double[count * width];
        try (Weights weights = network.compose(view);
                ImagePixels pixels = GoldenSetup.images(network, pictures)) {
            for (int from = 0; from < count; from += CHUNK) {
                long[] rows =
                        LongStream.range(from, Math.min(count, from + CHUNK)).toArray();
                try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
                    double[] part = network.features(scope, pixels, rows, weights, CHUNK)
                            .doubles();
                    System.arraycopy(part, 0, result, from * width, part.length);
                }
            }
        }
        return result;
    }

    /// Shape [n, C].
    static double[] logits(Network network, double[] features) {
        try (TensorScope scope = new TensorScope(TestPrograms.RUNTIME)) {
            return network.logits(
                            scope, features, features.length / network.shape().width(), CHUNK)
                    .doubles();
        }
    }

    /// Of a head that is not the network's.
    ///
    /// @param head `weight`, a row a class, and `bias`
    static double[] of(double[] features, TensorBundle head) {
        double[] weight = head.get("weight").doubles();
        double[] bias = head.get("bias").doubles();
        int width = weight.length / bias.length;
        double[] scores = new double[features.length / width * bias.length];
        for (int i = 0; i < scores.length; i++) {
            int image = i / bias.length;
            int row = i % bias.length;
            scores[i] = bias[row];
            for (int d = 0; d < width; d++) {
                scores[i] += weight[row * width + d] * features[image * width + d];
            }
        }
        return scores;
    }
}
