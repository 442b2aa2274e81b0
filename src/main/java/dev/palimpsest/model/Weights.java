package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;
import java.util.List;

/// The dense weights of one view, in the compute type: four stacks, `docs/engine.md` 3.1.
public final class Weights implements AutoCloseable {

    private final List<Tensor> stacks;
    private final boolean owned;

    Weights(List<Tensor> stacks, boolean owned) {
        this.stacks = List.copyOf(stacks);
        this.owned = owned;
    }

    List<Tensor> stacks() {
        return stacks;
    }

    @Override
    public void close() {
        if (owned) {
            stacks.forEach(Tensor::close);
        }
    }
}
