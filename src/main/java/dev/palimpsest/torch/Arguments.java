package dev.palimpsest.torch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The arguments of one call as native values; closes those that it made, maps stay with their owners.
final class Arguments implements AutoCloseable {
    private final TorchRuntime runtime;
    private final List<IValue> made = new ArrayList<>();
    private final long[] handles;

    Arguments(TorchRuntime runtime, String method, @Nullable Object[] arguments) {
        this.runtime = runtime;
        handles = new long[arguments.length];
        try {
            for (int i = 0; i < handles.length; i++) {
                handles[i] = handle(method, i, arguments[i]);
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    long[] handles() {
        return handles;
    }

    private long handle(String method, int index, @Nullable Object argument) {
        return switch (argument) {
            case null -> runtime.none().getHandle();
            case Tensor tensor -> made(IValue.from(tensor.array()));
            case Integer number -> made(IValue.from(number.longValue()));
            case Long number -> made(IValue.from(number.longValue()));
            case Double number -> made(IValue.from(number.doubleValue()));
            case Float number -> made(IValue.from(number.doubleValue()));
            case Boolean flag -> made(IValue.from(flag.booleanValue()));
            case String text -> made(IValue.from(text));
            case long[] numbers -> made(IValue.listFrom(numbers));
            case int[] numbers ->
                made(IValue.listFrom(Arrays.stream(numbers).asLongStream().toArray()));
            case double[] numbers -> made(IValue.listFrom(numbers));
            case List<?> tensors -> made(IValue.listFrom(arrays(method, index, tensors)));
            case TensorMap map -> map.value().getHandle();
            case IntMap map -> map.value().getHandle();
            case FloatMap map -> map.value().getHandle();
            default -> throw refused(method, index, argument);
        };
    }

    private long made(IValue value) {
        made.add(value);
        return value.getHandle();
    }

    private static PtNDArray[] arrays(String method, int index, List<?> tensors) {
        PtNDArray[] arrays = new PtNDArray[tensors.size()];
        for (int i = 0; i < arrays.length; i++) {
            if (!(tensors.get(i) instanceof Tensor tensor)) {
                throw refused(method, index, tensors.get(i));
            }
            arrays[i] = tensor.array();
        }
        return arrays;
    }

    private static IllegalArgumentException refused(String method, int index, @Nullable Object argument) {
        return new IllegalArgumentException("argument " + index + " of program '" + method
                + "' must be a tensor, number, boolean, string, array of int, long or double, list of tensors, or a"
                + " tensor, int or float map; got "
                + (argument == null ? "null in a list" : argument.getClass().getName()));
    }

    @Override
    public void close() {
        made.forEach(IValue::close);
        made.clear();
    }
}
