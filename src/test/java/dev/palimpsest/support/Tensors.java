package dev.palimpsest.support;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.nio.file.Path;

/// Tensors that stay as they are, whatever becomes of the file or the model they are from.
public final class Tensors {

    private Tensors() {}

    public static TensorBundle read(Path file) {
        try (Safetensors opened = Safetensors.open(file)) {
            return copy(opened.readAll());
        }
    }

    public static TensorBundle copy(TensorBundle bundle) {
        TensorBundle copies = new TensorBundle();
        bundle.names().forEach(name -> copies.put(name, copy(bundle.get(name))));
        return copies;
    }

    public static HostTensor copy(HostTensor tensor) {
        return switch (tensor.type()) {
            case FLOAT32, BFLOAT16 -> HostTensor.ofFloats(tensor.floats().clone(), tensor.shape());
            case FLOAT64 -> HostTensor.ofDoubles(tensor.doubles().clone(), tensor.shape());
            case INT64 -> HostTensor.ofLongs(tensor.longs().clone(), tensor.shape());
            case UINT8 -> HostTensor.ofBytes(tensor.bytes().clone(), tensor.shape());
        };
    }
}
