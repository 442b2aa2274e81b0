package dev.palimpsest.torch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/// A tensor in one of the forms that files hold: FLOAT32, FLOAT64, INT64 or UINT8 elements in row-major order.
///
/// Its elements lie in an array, which it takes over and hands out, in a native tensor, or in a mapped file. The
/// last two are read when they are asked for and in pieces, so that a large tensor never stands in the Java heap:
/// the owner of tensor or file keeps it open, and its elements as they are, until then.
public final class HostTensor {

    /// Elements copied at once.
    private static final int PIECE = 1 << 18;

    private final ElementType type;
    private final Elements elements;
    private final long[] shape;

    /// Where elements come from.
    @FunctionalInterface
    interface Elements {
        /// Copies as many elements as `into` has room for, from element `from` on, in its byte order.
        void copy(long from, ByteBuffer into);
    }

    /// Elements of a Java array.
    private record InArray(Object values) implements Elements {
        @Override
        public void copy(long from, ByteBuffer into) {
            int at = Math.toIntExact(from);
            switch (values) {
                case float[] floats ->
                    into.asFloatBuffer().put(floats, at, into.remaining() / ElementType.FLOAT32.sizeBytes());
                case double[] doubles ->
                    into.asDoubleBuffer().put(doubles, at, into.remaining() / ElementType.FLOAT64.sizeBytes());
                case long[] longs ->
                    into.asLongBuffer().put(longs, at, into.remaining() / ElementType.INT64.sizeBytes());
                case byte[] bytes -> into.duplicate().put(bytes, at, into.remaining());
                default -> throw new IllegalStateException("no array of elements: " + values.getClass());
            }
        }
    }

    HostTensor(ElementType type, Elements elements, long[] shape) {
        this.type = type;
        this.elements = elements;
        this.shape = shape.clone();
    }

    private static HostTensor of(ElementType type, Object values, int count, long[] shape) {
        if (Tensor.elements(shape) != count) {
            throw new IllegalArgumentException("a tensor " + Arrays.toString(shape) + " needs " + Tensor.elements(shape)
                    + " elements, got " + count);
        }
        return new HostTensor(type, new InArray(values), shape);
    }

    public static HostTensor ofFloats(float[] values, long... shape) {
        return of(ElementType.FLOAT32, values, values.length, shape);
    }

    public static HostTensor ofDoubles(double[] values, long... shape) {
        return of(ElementType.FLOAT64, values, values.length, shape);
    }

    public static HostTensor ofLongs(long[] values, long... shape) {
        return of(ElementType.INT64, values, values.length, shape);
    }

    /// Elements 0..255, given as bytes.
    public static HostTensor ofBytes(byte[] values, long... shape) {
        return of(ElementType.UINT8, values, values.length, shape);
    }

    /// Elements of a contiguous native tensor from element `offset` on, under a shape of their own; BFLOAT16 is
    /// widened to FLOAT32. The tensor stays its owner's.
    public static HostTensor of(Tensor tensor, long offset, long... shape) {
        if (offset < 0 || offset + Tensor.elements(shape) > tensor.elements()) {
            throw new IllegalArgumentException(
                    tensor + " has no " + Tensor.elements(shape) + " elements from " + offset + " on");
        }
        ElementType type = tensor.type() == ElementType.BFLOAT16 ? ElementType.FLOAT32 : tensor.type();
        return new HostTensor(type, (from, into) -> tensor.copy(offset + from, type, into), shape);
    }

    public ElementType type() {
        return type;
    }

    public long[] shape() {
        return shape.clone();
    }

    public float[] floats() {
        require(ElementType.FLOAT32);
        if (elements instanceof InArray(float[] values)) {
            return values;
        }
        float[] values = new float[count()];
        pieces((at, piece) -> piece.asFloatBuffer().get(values, at, piece.remaining() / type.sizeBytes()));
        return values;
    }

    /// FLOAT64 elements, or FLOAT32 ones, widened.
    public double[] doubles() {
        if (type == ElementType.FLOAT32) {
            return widened(floats());
        }
        require(ElementType.FLOAT64);
        if (elements instanceof InArray(double[] values)) {
            return values;
        }
        double[] values = new double[count()];
        pieces((at, piece) -> piece.asDoubleBuffer().get(values, at, piece.remaining() / type.sizeBytes()));
        return values;
    }

    public long[] longs() {
        require(ElementType.INT64);
        if (elements instanceof InArray(long[] values)) {
            return values;
        }
        long[] values = new long[count()];
        pieces((at, piece) -> piece.asLongBuffer().get(values, at, piece.remaining() / type.sizeBytes()));
        return values;
    }

    public byte[] bytes() {
        require(ElementType.UINT8);
        if (elements instanceof InArray(byte[] values)) {
            return values;
        }
        byte[] values = new byte[count()];
        pieces((at, piece) -> piece.duplicate().get(values, at, piece.remaining()));
        return values;
    }

    /// A native tensor with these elements, on the CPU, owned by the scope.
    public Tensor in(TensorScope scope) {
        return scope.make(type, count(), shape, (piece, at, n) -> elements.copy(at, piece.limit(n * type.sizeBytes())));
    }

    /// Writes the elements over those of a contiguous tensor of as many, casting, a piece at a time.
    public void into(Tensor target) {
        if (target.elements() != Tensor.elements(shape)) {
            throw new IllegalArgumentException(this + " does not fill " + target);
        }
        for (long at = 0; at < target.elements(); at += Tensor.PIECE) {
            target.fill(at, part(at, Math.min(Tensor.PIECE, target.elements() - at)));
        }
    }

    private HostTensor part(long from, long size) {
        return new HostTensor(type, (at, into) -> elements.copy(from + at, into), new long[] {size});
    }

    @FunctionalInterface
    interface Piece {
        /// Takes the elements from `at` on.
        void take(int at, ByteBuffer piece);
    }

    /// Hands out all elements in order, a piece of at most 2 MiB at a time, in the byte order of files.
    void pieces(Piece use) {
        int count = count();
        int size = type.sizeBytes();
        ByteBuffer buffer = ByteBuffer.allocate(Math.min(PIECE, count) * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < count; at += Math.min(PIECE, count - at)) {
            buffer.clear().limit(Math.min(PIECE, count - at) * size);
            elements.copy(at, buffer);
            use.take(at, buffer);
        }
    }

    private int count() {
        long count = Tensor.elements(shape);
        if (count > Integer.MAX_VALUE - 8) {
            throw new IllegalStateException(this + " has more elements than an array can hold");
        }
        return (int) count;
    }

    static double[] widened(float[] floats) {
        double[] doubles = new double[floats.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    private void require(ElementType wanted) {
        if (type != wanted) {
            throw new IllegalStateException(this + " holds " + type + ", not " + wanted);
        }
    }

    @Override
    public String toString() {
        return "host tensor " + Arrays.toString(shape);
    }
}
