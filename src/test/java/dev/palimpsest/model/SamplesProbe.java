package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;

/// Looks into the Gaussians of an alignment.
public final class SamplesProbe {

    private SamplesProbe() {}

    public static long[] labels(AlignmentSamples samples) {
        return samples.labels().longs();
    }

    public static double[] means(AlignmentSamples samples) {
        return samples.mean().doubles();
    }

    /// Samples of given Gaussians from given noise, [q, D].
    ///
    /// @param rows which Gaussian each sample comes from
    /// @param noise shape [q, D]
    public static double[] drawn(Network network, AlignmentSamples samples, long[] rows, double[] noise) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            Tensor values =
                    network.storage().of(noise, rows.length, network.shape().width());
            scope.adopt(values);
            return network.runtime()
                    .program()
                    .call(
                            scope,
                            "class_samples",
                            samples.mean(),
                            samples.spread(),
                            scope.longs(rows, rows.length),
                            values)
                    .doubles();
        }
    }

    /// Steps of the alignment on given samples [q, D]: the loss of each; changes heads and momentum.
    public static double[] steps(
            Network network, HeadMomentum momentum, double[] samples, long[] labels, AlignmentEpoch epoch) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            Tensor values =
                    network.storage().of(samples, labels.length, network.shape().width());
            scope.adopt(values);
            return network.runtime()
                    .program()
                    .call(
                            scope,
                            "align_steps",
                            values,
                            scope.longs(labels, labels.length),
                            network.heads().weight(),
                            network.heads().bias(),
                            momentum.weight(),
                            momentum.bias(),
                            epoch.seenClasses(),
                            epoch.learningRate(),
                            epoch.momentum(),
                            epoch.perStep(),
                            epoch.weightDecay(),
                            epoch.temperature(),
                            epoch.headSizes())
                    .doubles();
        }
    }

    /// Velocity of the head: weights [C, D], then biases [C].
    public static double[][] velocity(HeadMomentum momentum) {
        return new double[][] {momentum.weight().doubles(), momentum.bias().doubles()};
    }

    /// Weights [C, D], then biases [C].
    public static double[][] head(Network network) {
        return new double[][] {
            network.heads().weight().doubles(), network.heads().bias().doubles()
        };
    }
}
