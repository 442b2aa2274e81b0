package dev.palimpsest.torch;

import java.util.Arrays;

/// A tensor in the host's memory, in one of the forms that files hold: FLOAT32, FLOAT64, INT64 or UINT8
/// elements in row-major order. It takes the given array over and hands out the same one: nobody changes it
/// afterwards.
public final class HostTensor {
    private final ElementType type;
    private final Object values;
    private final long[] shape;

    private HostTensor(ElementType type, Object values, int count, long[] shape) {
        if (Tensor.elements(shape) != count) {
            throw new IllegalArgumentException("a tensor " + Arrays.toString(shape) + " needs " + Tensor.elements(shape)
                    + " elements, got " + count);
        }
        this.type = type;
        this.values = values;
        this.shape = shape.clone();
    }

    public static HostTensor ofFloats(float[] values, long... shape) {
        return new HostTensor(ElementType.FLOAT32, values, values.length, shape);
    }

    public static HostTensor ofDoubles(double[] values, long... shape) {
        return new HostTensor(ElementType.FLOAT64, values, values.length, shape);
    }

    public static HostTensor ofLongs(long[] values, long... shape) {
        return new HostTensor(ElementType.INT64, values, values.length, shape);
    }

    /// Elements 0..255, given as bytes.
    public static HostTensor ofBytes(byte[] values, long... shape) {
        return new HostTensor(ElementType.UINT8, values, values.length, shape);
    }

    public ElementType type() {
        return type;
    }

    public long[] shape() {
        return shape.clone();
    }

    public float[] floats() {
        if (values instanceof float[] floats) {
            return floats;
        }
        throw wrong(ElementType.FLOAT32);
    }

    /// FLOAT64 elements, or FLOAT32 ones, widened.
    public double[] doubles() {
        if (values instanceof double[] doubles) {
            return doubles;
        }
        if (values instanceof float[] floats) {
            return widened(floats);
        }
        throw wrong(ElementType.FLOAT64);
    }

    public long[] longs() {
        if (values instanceof long[] longs) {
            return longs;
        }
        throw wrong(ElementType.INT64);
    }

    public byte[] bytes() {
        if (values instanceof byte[] bytes) {
            return bytes;
        }
        throw wrong(ElementType.UINT8);
    }

    /// A native tensor with these elements, on the CPU, owned by the scope.
    public Tensor in(TensorScope scope) {
        return switch (values) {
            case float[] floats -> scope.floats(floats, shape);
            case double[] doubles -> scope.doubles(doubles, shape);
            case long[] longs -> scope.longs(longs, shape);
            default -> scope.bytes(bytes(), shape);
        };
    }

    static double[] widened(float[] floats) {
        double[] doubles = new double[floats.length];
        for (int i = 0; i < doubles.length; i++) {
            doubles[i] = floats[i];
        }
        return doubles;
    }

    private IllegalStateException wrong(ElementType wanted) {
        return new IllegalStateException(this + " holds " + type + ", not " + wanted);
    }

    @Override
    public String toString() {
        return "host tensor " + Arrays.toString(shape);
    }
}
