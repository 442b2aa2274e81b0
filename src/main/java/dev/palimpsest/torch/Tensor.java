package dev.palimpsest.torch;

import ai.djl.pytorch.engine.PtNDArray;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Our handle on a native tensor. It is freed by [#close] and by nothing else; most tensors belong to a
/// [TensorScope] that closes them. Closing twice is allowed, use after that throws with the shape.
///
/// Every reader copies the elements, in row-major order, whatever the device and the strides.
public final class Tensor implements AutoCloseable {
    /// Elements that are read or made at once: besides the tensor only a piece lies in memory a second time.
    static final int PIECE = 1 << 22;

    private final TorchRuntime runtime;
    private final PtNDArray array;
    private final long[] shape;
    private volatile boolean closed;

    Tensor(TorchRuntime runtime, PtNDArray array) {
        this.runtime = runtime;
        this.array = array;
        this.shape = array.getShape().getShape();
        runtime.opened();
    }

    public long[] shape() {
        return shape.clone();
    }

    public ElementType type() {
        return ElementType.of(array().getDataType());
    }

    public long elements() {
        return elements(shape);
    }

    static long elements(long... shape) {
        long count = 1;
        for (long size : shape) {
            if (size < 0) {
                throw new IllegalArgumentException("a shape has no negative sizes, got " + Arrays.toString(shape));
            }
            count = Math.multiplyExact(count, size);
        }
        return count;
    }

    /// Elements of a FLOAT32 tensor, or of a BFLOAT16 one, widened.
    public float[] floats() {
        float[] values = new float[count()];
        read(ElementType.FLOAT32, (piece, at, n) -> piece.asFloatBuffer().get(values, at, n));
        return values;
    }

    /// Elements of a FLOAT64, FLOAT32 or BFLOAT16 tensor, widened.
    public double[] doubles() {
        if (type() != ElementType.FLOAT64) {
            return HostTensor.widened(floats());
        }
        double[] values = new double[count()];
        read(ElementType.FLOAT64, (piece, at, n) -> piece.asDoubleBuffer().get(values, at, n));
        return values;
    }

    /// Elements of an INT64 tensor.
    public long[] longs() {
        long[] values = new long[count()];
        read(ElementType.INT64, (piece, at, n) -> piece.asLongBuffer().get(values, at, n));
        return values;
    }

    /// Elements of a UINT8 tensor, or truth values as 0 and 1.
    public byte[] bytes() {
        byte[] values = new byte[count()];
        read(ElementType.UINT8, (piece, at, n) -> piece.get(values, at, n));
        return values;
    }

    /// The value of a tensor of one element, whatever its type.
    public double number() {
        if (elements() != 1) {
            throw new IllegalStateException(this + " must have one element to be read as a number");
        }
        return switch (type()) {
            case FLOAT32, FLOAT64, BFLOAT16 -> doubles()[0];
            case INT64 -> longs()[0];
            case UINT8 -> Byte.toUnsignedInt(bytes()[0]);
        };
    }

    /// A copy in the form in which tensors are saved; BFLOAT16 becomes FLOAT32.
    public HostTensor host() {
        return switch (type()) {
            case FLOAT32, BFLOAT16 -> HostTensor.ofFloats(floats(), shape);
            case FLOAT64 -> HostTensor.ofDoubles(doubles(), shape);
            case INT64 -> HostTensor.ofLongs(longs(), shape);
            case UINT8 -> HostTensor.ofBytes(bytes(), shape);
        };
    }

    @FunctionalInterface
    private interface Reader {
        /// Copies `count` elements from a buffer in native order to position `at` of the result.
        void read(ByteBuffer piece, int at, int count);
    }

    private int count() {
        long count = elements();
        if (count > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException(this + " has more elements than an array can hold; read windows of it");
        }
        return (int) count;
    }

    private void read(ElementType wanted, Reader reader) {
        Program program = runtime.program();
        try (TensorScope scope = new TensorScope(runtime)) {
            Tensor copy = program.call(scope, "copy_out", this);
            if (copy.type() != wanted) {
                throw new IllegalStateException(this + " holds " + type() + ", not " + wanted);
            }
            int count = count();
            for (int at = 0; at < count; at += Math.min(PIECE, count - at)) {
                int size = Math.min(PIECE, count - at);
                Tensor piece = program.call(scope, "window", copy, at, new long[] {size});
                reader.read(piece.array().toByteBuffer(true), at, size);
            }
        }
    }

    /// Copies elements from `from` on of a contiguous tensor into all of `into`, in this machine's byte order.
    ///
    /// @param type as programs give it out
    void copy(long from, ElementType type, ByteBuffer into) {
        Program program = runtime.program();
        try (TensorScope scope = new TensorScope(runtime)) {
            long[] size = {into.remaining() / type.sizeBytes()};
            Tensor piece = program.call(scope, "copy_out", program.call(scope, "window", this, from, size));
            into.duplicate().put(piece.array().toByteBuffer(true));
        }
    }

    /// Writes elements from `at` on of a contiguous tensor, casting.
    void fill(long at, HostTensor values) {
        Program program = runtime.program();
        try (TensorScope scope = new TensorScope(runtime)) {
            Tensor part = program.call(scope, "window", this, at, values.shape());
            program.run("fill", part, values.in(scope));
        }
    }

    PtNDArray array() {
        if (closed) {
            throw new IllegalStateException(this + " is closed");
        }
        return array;
    }

    boolean open() {
        return !closed;
    }

    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            array.close();
            runtime.closed();
        }
    }

    @Override
    public String toString() {
        return "tensor " + Arrays.toString(shape);
    }
}
