package dev.palimpsest.training;

import dev.palimpsest.checkpoints.CheckpointDraft;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.TensorBundle;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tensors of a checkpoint by file; they are read when they are asked for, so it stays open until then.
final class SavedTensors implements AutoCloseable {

    static final String ADAPTERS = "adapters";
    static final String HEADS = "heads";
    static final String BACKBONE = "backbone";
    static final String METHOD = "method";
    static final String OPTIMIZER = "optimizer";

    private static final String SUFFIX = ".safetensors";

    private final Map<String, TensorBundle> bundles = new LinkedHashMap<>();
    private final List<Safetensors> files = new ArrayList<>();

    private SavedTensors() {}

    static SavedTensors none() {
        return new SavedTensors();
    }

    /// @throws dev.palimpsest.checkpoints.CheckpointCorruptException if a file is damaged
    /// @throws dev.palimpsest.torch.InvalidSafetensorsException if the model holds a value that is not finite
    static SavedTensors read(StoredCheckpoint checkpoint) {
        SavedTensors saved = new SavedTensors();
        try {
            for (StoredFile file : checkpoint.manifest().files()) {
                String name = file.name().replace(SUFFIX, "");
                Safetensors tensors = Safetensors.open(checkpoint.file(file.name()));
                saved.files.add(tensors);
                // moments may overflow in a run that goes on all the same
                if (!name.equals(OPTIMIZER)) {
                    tensors.names().forEach(tensors::requireFinite);
                }
                saved.bundles.put(name, tensors.readAll());
            }
        } catch (RuntimeException unreadable) {
            saved.close();
            throw unreadable;
        }
        return saved;
    }

    /// Adds a file for each bundle that holds something, read while it is written.
    ///
    /// @param scale of the adapters, for the files' metadata
    static void write(CheckpointDraft draft, Map<String, TensorBundle> bundles, double scale) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put("palimpsest", "1");
        metadata.put("scale", Double.toString(scale));
        bundles.forEach((name, bundle) -> {
            if (!bundle.isEmpty()) {
                draft.add(name + SUFFIX, out -> Safetensors.write(out, bundle, metadata));
            }
        });
    }

    Map<String, TensorBundle> files() {
        return bundles;
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
