package dev.palimpsest.torch;

import ai.djl.Device;
import ai.djl.ndarray.types.Shape;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Owner of the tensors of one stretch of work: what is made inside is closed with it, unless it is kept.
///
/// Used by one thread at a time. Tensors made here lie on the CPU; the program `adopt` moves them.
public final class TensorScope implements AutoCloseable {
    private final TorchRuntime runtime;
    private final List<Tensor> owned = new ArrayList<>();
    private boolean closed;

    public TensorScope(TorchRuntime runtime) {
        this.runtime = runtime;
    }

    public Tensor floats(float[] values, long... shape) {
        return make(
                ElementType.FLOAT32,
                values.length,
                shape,
                (piece, at, n) -> piece.asFloatBuffer().put(values, at, n));
    }

    public Tensor doubles(double[] values, long... shape) {
        return make(
                ElementType.FLOAT64,
                values.length,
                shape,
                (piece, at, n) -> piece.asDoubleBuffer().put(values, at, n));
    }

    public Tensor longs(long[] values, long... shape) {
        return make(
                ElementType.INT64,
                values.length,
                shape,
                (piece, at, n) -> piece.asLongBuffer().put(values, at, n));
    }

    /// Elements 0..255, given as bytes.
    public Tensor bytes(byte[] values, long... shape) {
        return make(ElementType.UINT8, values.length, shape, (piece, at, n) -> piece.put(values, at, n));
    }

    /// Takes a tensor out of this scope: the caller closes it, or gives it to another scope.
    public Tensor keep(Tensor tensor) {
        if (!owned.removeIf(candidate -> candidate == tensor)) {
            throw new IllegalStateException(tensor + " does not belong to this scope");
        }
        return tensor;
    }

    /// Makes this scope the owner of a tensor that was kept.
    public void adopt(Tensor tensor) {
        requireOpen();
        if (owned.stream().noneMatch(candidate -> candidate == tensor)) {
            owned.add(tensor);
        }
    }

    /// How many tensors of this scope are open.
    public int open() {
        return (int) owned.stream().filter(Tensor::open).count();
    }

    Tensor own(PtNDArray array) {
        Tensor tensor = new Tensor(runtime, array);
        owned.add(tensor);
        return tensor;
    }

    @FunctionalInterface
    interface Writer {
        /// Copies `count` elements from position `at` of the source to a buffer in native order.
        void write(ByteBuffer piece, int at, int count);
    }

    /// A tensor in libtorch's own memory with elements from the host.
    Tensor make(ElementType type, int count, long[] shape, Writer writer) {
        requireOpen();
        if (Tensor.elements(shape) != count) {
            throw new IllegalArgumentException("a tensor " + Arrays.toString(shape) + " needs " + Tensor.elements(shape)
                    + " elements, got " + count);
        }
        type.bridgeForHostData();
        Program program = runtime.program();
        if (count > 0 && count <= Tensor.PIECE) {
            return piece(this, type, shape, 0, count, writer);
        }
        Tensor whole = program.call(this, "zeros", shape, type.code(), "cpu");
        for (int at = 0; at < count; at += Math.min(Tensor.PIECE, count - at)) {
            try (TensorScope parts = new TensorScope(runtime)) {
                long[] size = {Math.min(Tensor.PIECE, count - at)};
                Tensor window = program.call(parts, "window", whole, at, size);
                program.run("fill", window, piece(parts, type, size, at, (int) size[0], writer));
            }
        }
        return whole;
    }

    /// The bridge's tensor borrows the buffer, so it is cloned before the buffer goes.
    private Tensor piece(TensorScope owner, ElementType type, long[] shape, int at, int count, Writer writer) {
        try (Arena arena = Arena.ofConfined()) {
            ByteBuffer buffer = arena.allocate((long) count * type.sizeBytes(), 64)
                    .asByteBuffer()
                    .order(ByteOrder.nativeOrder());
            writer.write(buffer, at, count);
            try (Tensor borrowed = new Tensor(
                    runtime,
                    JniUtils.createNdFromByteBuffer(
                            runtime.manager(),
                            buffer.rewind(),
                            new Shape(shape),
                            type.bridgeForHostData(),
                            SparseFormat.DENSE,
                            Device.cpu()))) {
                return runtime.program().call(owner, "adopt", borrowed, type.code(), "cpu");
            }
        }
    }

    void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the tensor scope is closed");
        }
    }

    @Override
    public void close() {
        closed = true;
        owned.forEach(Tensor::close);
        owned.clear();
        runtime.giveBack();
    }
}
