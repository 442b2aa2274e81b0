package dev.palimpsest.checkpoints;

import dev.palimpsest.checkpoints.CheckpointManifest.CountRow;
import dev.palimpsest.checkpoints.CheckpointManifest.Kind;
import dev.palimpsest.checkpoints.CheckpointManifest.KnownClass;
import dev.palimpsest.checkpoints.CheckpointManifest.RandomPosition;
import dev.palimpsest.checkpoints.CheckpointManifest.Source;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/// Manifests that differ in nothing but their key and their time.
final class Manifests {

    static final Instant TIME = Instant.parse("2026-11-21T09:21:02.000001Z");

    /// One adapter in two blocks, after one task.
    static final ServedModel MODEL = new ServedModel(
            new ServedModel.Network(32, 8, 4, 2, 64, 4, 128),
            new ServedModel.Pixels(
                    32,
                    ServedModel.Resize.SHORTER_SIDE,
                    36,
                    ServedModel.Filter.BICUBIC,
                    ServedModel.Crop.CENTRE,
                    List.of(0.0, 0.0, 0.0),
                    List.of(1.0, 1.0, 1.0)),
            new ServedModel.Numbers("fp32", "fp32_onednn"),
            List.of(new ServedModel.HeadRows(1, 0, 1)),
            new ServedModel.FeatureMap(ServedModel.MapKind.RELU_PROJECTION, 256),
            new ServedModel.Inference(
                    ServedModel.ServedBy.INFERRED_TASK,
                    1,
                    List.of(new ServedModel.Snapshot(
                            1, List.of(new ServedModel.AdapterCoefficients(1, Map.of("fc1", List.of(0.5, 0.25))))))));

    private Manifests() {}

    static CheckpointManifest of(CheckpointKey key) {
        return at(key, TIME);
    }

    static CheckpointManifest at(CheckpointKey key, Instant time) {
        return new CheckpointManifest(
                CheckpointManifest.FORMAT_VERSION,
                key.checkpointId(),
                key.jobId(),
                key.attempt(),
                time,
                "sha256:5d0c",
                Kind.IN_TASK,
                2,
                1,
                41,
                2.5,
                true,
                false,
                List.of("adapters", "heads"),
                List.of(new KnownClass("apple", 1, 0), new KnownClass("pear", 2, 1)),
                new Source("demo_vit", "0bd3"),
                new Source("demo_shapes", "77aa"),
                new RandomPosition(42),
                List.of(
                        new CountRow(1, "final", "test", "top1", List.of(10), List.of(9)),
                        new CountRow(2, "final", "test", "top1", List.of(10, 20), Arrays.asList(null, 18))),
                JsonMapper.shared().readTree("{\"scenario\": \"class_incremental\", \"seed\": 42}"),
                MODEL,
                List.of());
    }
}
