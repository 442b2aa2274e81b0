package dev.palimpsest.torch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.util.List;
import java.util.Map;

/// A long-lived map of lists of tensors for programs (Dict[str, List[Tensor]]): built once, handed to many
/// calls. The map refers to the tensors themselves: what programs write into them is seen everywhere, and
/// closing one of them takes nothing away from the map.
public final class TensorMap implements AutoCloseable {
    private final NativeMap map;

    private TensorMap(NativeMap map) {
        this.map = map;
    }

    /// Makes the native map.
    ///
    /// @param lists at least one entry
    public static TensorMap of(Map<String, List<Tensor>> lists) {
        return new TensorMap(NativeMap.of(
                lists, list -> IValue.listFrom(list.stream().map(Tensor::array).toArray(PtNDArray[]::new))));
    }

    IValue value() {
        return map.value();
    }

    @Override
    public void close() {
        map.close();
    }
}
