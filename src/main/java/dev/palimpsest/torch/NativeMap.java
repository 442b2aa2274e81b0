package dev.palimpsest.torch;

import ai.djl.pytorch.jni.IValue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/// One native map and whether it is still open; what [TensorMap], [IntMap] and [FloatMap] have in common.
final class NativeMap implements AutoCloseable {
    private final IValue value;
    private final String names;
    private volatile boolean closed;

    private NativeMap(IValue value, String names) {
        this.value = value;
        this.names = names;
    }

    static <T> NativeMap of(Map<String, T> entries, Function<T, IValue> convert) {
        if (entries.isEmpty()) {
            throw new IllegalArgumentException(
                    "a map for programs must have at least one entry, its type comes from it");
        }
        Map<String, IValue> values = new LinkedHashMap<>();
        try {
            entries.forEach((name, entry) -> values.put(name, convert.apply(entry)));
            return new NativeMap(
                    IValue.stringIValueMapFrom(values), entries.keySet().toString());
        } finally {
            values.values().forEach(IValue::close);
        }
    }

    IValue value() {
        if (closed) {
            throw new IllegalStateException("the map of " + names + " is closed");
        }
        return value;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            value.close();
        }
    }
}
