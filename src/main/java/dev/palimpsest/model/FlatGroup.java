package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.List;

/// Trainables of one learning rate in one flat tensor, with gradient and moments: optimiser, norm, saving and
/// equality are one operation each, whatever the number of sites. Windows make the formulas readable.
final class FlatGroup implements AutoCloseable {

    private final Storage storage;
    private final Tensor value;
    private final Tensor grad;
    private final Tensor m;
    private final Tensor v;
    private final Tensor steps;
    private final List<Tensor> windows = new ArrayList<>();
    private long next;

    FlatGroup(Storage storage, long size) {
        this.storage = storage;
        this.value = storage.zeros(size);
        this.grad = storage.zeros(size);
        this.m = storage.zeros(size);
        this.v = storage.zeros(size);
        this.steps = storage.zeros();
    }

    /// Windows of value and gradient for the next trainable.
    Trainable window(long... shape) {
        Tensor values = storage.window(value, next, shape);
        Tensor gradients = storage.window(grad, next, shape);
        next += Storage.elements(shape);
        windows.add(values);
        windows.add(gradients);
        return new Trainable(values, gradients);
    }

    record Trainable(Tensor value, Tensor gradient) {}

    Tensor value() {
        return value;
    }

    Tensor grad() {
        return grad;
    }

    Tensor m() {
        return m;
    }

    Tensor v() {
        return v;
    }

    Tensor steps() {
        return steps;
    }

    TensorBundle save() {
        return new TensorBundle()
                .put("value", storage.host(value))
                .put("m", storage.host(m))
                .put("v", storage.host(v))
                .put("steps", storage.host(steps));
    }

    void restore(TensorBundle saved) {
        fill(value, saved, "value");
        fill(m, saved, "m");
        fill(v, saved, "v");
        fill(steps, saved, "steps");
    }

    private void fill(Tensor target, TensorBundle saved, String name) {
        try (Tensor tensor = storage.of(saved.get(name))) {
            storage.fill(target, tensor);
        }
    }

    @Override
    public void close() {
        windows.forEach(Tensor::close);
        value.close();
        grad.close();
        m.close();
        v.close();
        steps.close();
    }
}
