package dev.palimpsest.torch;

import ai.djl.pytorch.jni.IValue;
import java.util.Map;

/// A long-lived map of floating-point numbers for programs (Dict[str, float]): built once, handed to many
/// calls.
public final class FloatMap implements AutoCloseable {
    private final NativeMap map;

    private FloatMap(NativeMap map) {
        this.map = map;
    }

    /// Makes the native map.
    ///
    /// @param values at least one entry
    public static FloatMap of(Map<String, Double> values) {
        return new FloatMap(NativeMap.of(values, number -> IValue.from(number.doubleValue())));
    }

    IValue value() {
        return map.value();
    }

    @Override
    public void close() {
        map.close();
    }
}
