package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;
import java.util.List;

/// Decoded pictures on a device, 8 bits: one tensor [M, 3, y, x], or, where sizes differ, a flat one and a table
/// of offset, height, width on the CPU.
public final class ImagePixels implements AutoCloseable {

    private final List<Tensor> tensors;
    private final int count;

    ImagePixels(List<Tensor> tensors, int count) {
        this.tensors = List.copyOf(tensors);
        this.count = count;
    }

    List<Tensor> tensors() {
        return tensors;
    }

    public int count() {
        return count;
    }

    @Override
    public void close() {
        tensors.forEach(Tensor::close);
    }
}
