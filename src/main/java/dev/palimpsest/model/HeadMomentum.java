package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;

/// Velocities of the classifier while it is aligned: [C, D] and [C].
public final class HeadMomentum implements AutoCloseable {

    private final Tensor weight;
    private final Tensor bias;

    HeadMomentum(Tensor weight, Tensor bias) {
        this.weight = weight;
        this.bias = bias;
    }

    Tensor weight() {
        return weight;
    }

    Tensor bias() {
        return bias;
    }

    @Override
    public void close() {
        weight.close();
        bias.close();
    }
}
