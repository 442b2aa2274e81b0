package dev.palimpsest.torch;

import ai.djl.pytorch.jni.IValue;
import java.util.Map;

/// A long-lived map of integers for programs (Dict[str, int]): built once, handed to many calls.
public final class IntMap implements AutoCloseable {
    private final NativeMap map;

    private IntMap(NativeMap map) {
        this.map = map;
    }

    /// Makes the native map.
    ///
    /// @param values at least one entry
    public static IntMap of(Map<String, Long> values) {
        return new IntMap(NativeMap.of(values, number -> IValue.from(number.longValue())));
    }

    IValue value() {
        return map.value();
    }

    @Override
    public void close() {
        map.close();
    }
}
