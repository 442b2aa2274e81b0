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

    /// Value, gradient and moments of a part, for an optimiser that gives it a rate of its own; saved with the whole.
    Part part(long from, long size, Tensor stepsOfPart) {
        Part part = new Part(
                storage.window(value, from, size),
                storage.window(grad, from, size),
                storage.window(m, from, size),
                storage.window(v, from, size),
                stepsOfPart);
        windows.addAll(List.of(part.value, part.grad, part.m, part.v));
        return part;
    }

    Part whole() {
        return new Part(value, grad, m, v, steps);
    }

    /// What the optimiser changes at one rate: flat tensors of one length, and steps, a scalar.
    record Part(Tensor value, Tensor grad, Tensor m, Tensor v, Tensor steps) {}

    Tensor steps() {
        return steps;
    }

    TensorBundle save() {
        return new TensorBundle()
                .put("value", storage.saved(value))
                .put("m", storage.saved(m))
                .put("v", storage.saved(v))
                .put("steps", storage.saved(steps));
    }

    void restore(TensorBundle saved) {
        storage.fill(value, saved.get("value"));
        storage.fill(m, saved.get("m"));
        storage.fill(v, saved.get("v"));
        storage.fill(steps, saved.get("steps"));
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
