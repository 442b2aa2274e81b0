package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;

/// Gaussians of class features on a device, from which an alignment draws.
public final class AlignmentSamples implements AutoCloseable {

    private final Tensor mean;
    private final Tensor spread;
    private final Tensor labels;

    AlignmentSamples(Tensor mean, Tensor spread, Tensor labels) {
        this.mean = mean;
        this.spread = spread;
        this.labels = labels;
    }

    /// Shape [K, D].
    Tensor mean() {
        return mean;
    }

    /// Variances [K, D] or covariances [K, D, D].
    Tensor spread() {
        return spread;
    }

    /// Class of each. Shape [K].
    Tensor labels() {
        return labels;
    }

    @Override
    public void close() {
        mean.close();
        spread.close();
        labels.close();
    }
}
