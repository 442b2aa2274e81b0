package dev.palimpsest.training;

import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tensors of a model's checkpoint by file; they are read when they are asked for, so it stays open until then.
final class SavedTensors implements AutoCloseable {

    private final Map<String, TensorBundle> bundles = new LinkedHashMap<>();
    private final List<Safetensors> files = new ArrayList<>();

    private SavedTensors() {}

    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file is damaged
    /// @throws dev.palimpsest.torch.InvalidSafetensorsException if the model holds a value that is not finite
    static SavedTensors read(StoredCheckpoint checkpoint) {
        SavedTensors saved = new SavedTensors();
        try {
            for (StoredFile file : checkpoint.manifest().files()) {
                Safetensors tensors = Safetensors.open(checkpoint.file(file.name()));
                saved.files.add(tensors);
                tensors.names().forEach(tensors::requireFinite);
                saved.bundles.put(file.name().replace(".safetensors", ""), tensors.readAll());
            }
        } catch (RuntimeException unreadable) {
            saved.close();
            throw unreadable;
        }
        return saved;
    }

    /// Empty where there is no such file.
    TensorBundle file(String name) {
        return bundles.getOrDefault(name, new TensorBundle());
    }

    @Override
    public void close() {
        bundles.clear();
        files.forEach(Safetensors::close);
        files.clear();
    }
}
