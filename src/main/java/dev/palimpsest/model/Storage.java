package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostBytes;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.Arrays;
import java.util.List;

/// Long-lived tensors on one device: the entries of `store.py`. Results belong to the caller.
final class Storage {

    private final TorchRuntime runtime;
    private final String device;
    private final ElementType master;

    Storage(TorchRuntime runtime, String device, ElementType master) {
        this.runtime = runtime;
        this.device = device;
        this.master = master;
    }

    TorchRuntime runtime() {
        return runtime;
    }

    String device() {
        return device;
    }

    boolean onCpu() {
        return device.equals("cpu");
    }

    ElementType master() {
        return master;
    }

    Tensor zeros(long... shape) {
        return make("zeros", shape, master.code(), device);
    }

    Tensor zeros(ElementType type, long... shape) {
        return make("zeros", shape, type.code(), device);
    }

    /// A copy of another type, contiguous.
    Tensor cast(Tensor source, ElementType type) {
        return make("adopt", source, type.code(), device);
    }

    Tensor copy(Tensor source) {
        return cast(source, source.type());
    }

    /// A window of a flat tensor: changes of either are seen by both.
    Tensor window(Tensor flat, long offset, long... shape) {
        return make("window", flat, offset, shape);
    }

    Tensor join(List<Tensor> parts, int dimension) {
        return make("join", parts, dimension);
    }

    Tensor narrow(Tensor source, int dimension, long start, long count) {
        return make("narrow", source, dimension, start, count);
    }

    Tensor uniform(long seed, double bound, long... shape) {
        return onDevice("draw_uniform", seed, shape, bound);
    }

    Tensor normal(long seed, double deviation, long... shape) {
        return onDevice("draw_normal", seed, shape, deviation);
    }

    Tensor times(Tensor source, double factor) {
        return make("times", source, factor);
    }

    void fill(Tensor target, Tensor value) {
        runtime.program().run("fill", target, value);
    }

    /// Writes saved values over a contiguous tensor, a piece at a time.
    void fill(Tensor target, HostTensor saved) {
        saved.into(target);
    }

    /// From Java data, in the master type.
    Tensor of(double[] values, long... shape) {
        try (TensorScope scope = new TensorScope(runtime)) {
            return make("adopt", scope.doubles(values, shape), master.code(), device);
        }
    }

    Tensor of(HostTensor values) {
        Tensor result = zeros(values.shape());
        values.into(result);
        return result;
    }

    Tensor of(long[] values, long... shape) {
        try (TensorScope scope = new TensorScope(runtime)) {
            return make("adopt", scope.longs(values, shape), ElementType.INT64.code(), device);
        }
    }

    /// On the CPU, for what programs read as numbers.
    Tensor ofHost(long[] values, long... shape) {
        try (TensorScope scope = new TensorScope(runtime)) {
            return make("adopt", scope.longs(values, shape), ElementType.INT64.code(), "cpu");
        }
    }

    /// Without a copy on a CPU. What lies in a file stays there for any device: it may be larger than the
    /// device's memory.
    Tensor of(HostBytes bytes, long... shape) {
        Tensor tensor = bytes.tensor(shape);
        if (onCpu() || bytes.mapped()) {
            return tensor;
        }
        try (tensor) {
            return make("adopt", tensor, ElementType.UINT8.code(), device);
        }
    }

    /// A tensor as it is saved: it is read when that is done, and stays open and unchanged until then.
    HostTensor saved(Tensor tensor) {
        return HostTensor.of(tensor, 0, tensor.shape());
    }

    static long elements(long... shape) {
        return Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    }

    private Tensor onDevice(String entry, long seed, long[] shape, double size) {
        try (TensorScope scope = new TensorScope(runtime)) {
            Tensor drawn = runtime.program().call(scope, entry, seed, shape, size, master.code());
            return make("adopt", drawn, master.code(), device);
        }
    }

    private Tensor make(String entry, Object... arguments) {
        try (TensorScope scope = new TensorScope(runtime)) {
            return scope.keep(runtime.program().call(scope, entry, arguments));
        }
    }
}
