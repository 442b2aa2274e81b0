package dev.palimpsest.checkpoints;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How the backbone and the files of a checkpoint make a model that classifies: everything that a reader needs
/// beside the tensors (`docs/checkpoints.md`).
///
/// Tasks and adapters count from 1, blocks and class indices from 0.
///
/// @param heads rows of the heads by task, in the order of the tasks
/// @param featureMap what becomes of a feature before the heads score it; null for nothing
/// @param inference null where the files are no finished model: inside a task, and before the last one of a method that
///     learns all of them at once
public record ServedModel(
        Network network,
        Pixels pixels,
        Numbers numbers,
        List<HeadRows> heads,
        @Nullable FeatureMap featureMap,
        @Nullable Inference inference) {

    /// Sizes of the Vision Transformer, fed with images of this side.
    ///
    /// @param grid patches along one side
    /// @param mlp width of the hidden layer of a block
    public record Network(int side, int patch, int grid, int depth, int width, int heads, int mlp) {}

    /// From a picture's bytes to the network's input.
    ///
    /// @param side of the square that the network sees
    /// @param resizeSide pixels that `resize` makes; null for `none`
    /// @param filter null for `none`
    /// @param mean subtracted from values in 0..1, a number a channel
    /// @param deviation divides afterwards
    public record Pixels(
            int side,
            Resize resize,
            @Nullable Integer resizeSide,
            @Nullable Filter filter,
            Crop crop,
            List<Double> mean,
            List<Double> deviation) {

        public Pixels {
            mean = List.copyOf(mean);
            deviation = List.copyOf(deviation);
        }
    }

    public enum Resize {
        @JsonProperty("none")
        NONE,
        /// Both sides to the same length, whatever the picture's shape.
        @JsonProperty("square")
        SQUARE,
        /// The shorter side to a length, the other one in proportion.
        @JsonProperty("shorter_side")
        SHORTER_SIDE
    }

    /// Filters of Pillow.
    public enum Filter {
        @JsonProperty("bilinear")
        BILINEAR,
        @JsonProperty("bicubic")
        BICUBIC
    }

    /// What is kept of a resized picture.
    public enum Crop {
        @JsonProperty("none")
        NONE,
        @JsonProperty("centre")
        CENTRE
    }

    /// What the run computed in.
    ///
    /// @param compute type of weights and activations: `fp32` or `bf16`; features and scores are fp32
    /// @param kernels name of the numeric mode
    public record Numbers(String compute, String kernels) {}

    /// A fixed map of features.
    ///
    /// @param width of its result, and of the heads
    public record FeatureMap(MapKind kind, int width) {}

    public enum MapKind {
        /// relu(feature P), P the tensor `projection` beside the heads.
        @JsonProperty("relu_projection")
        RELU_PROJECTION
    }

    /// Rows of the heads that a task owns: a class a row.
    public record HeadRows(int task, int firstClass, int classCount) {}

    /// Which weights classify an image, and among which classes.
    ///
    /// @param scoredClasses the first so many rows of the heads take part, all others are masked
    /// @param snapshots one for `latest`, one for each task so far for `inferred_task`
    public record Inference(ServedBy servedBy, int scoredClasses, List<Snapshot> snapshots) {

        public Inference {
            snapshots = List.copyOf(snapshots);
        }
    }

    public enum ServedBy {
        /// The one snapshot.
        @JsonProperty("latest")
        LATEST,
        /// The snapshot of the task that an image seems to be from by its features under the first.
        @JsonProperty("inferred_task")
        INFERRED_TASK
    }

    /// The network after a task: the backbone's matrices plus `coefficient * up * down` of these adapters, plus the
    /// `delta` of the blocks that are named.
    ///
    /// @param dense by site, the blocks that have a dense change; null for none
    public record Snapshot(
            int task,
            List<AdapterCoefficients> adapters,
            @Nullable Map<String, List<Integer>> dense) {

        public Snapshot {
            adapters = List.copyOf(adapters);
            dense = dense == null ? null : Collections.unmodifiableMap(new LinkedHashMap<>(dense));
        }

        /// Adapters alone.
        public Snapshot(int task, List<AdapterCoefficients> adapters) {
            this(task, adapters, null);
        }
    }

    /// How much one adapter counts, the scale included.
    ///
    /// @param adapter the number behind `task` in its tensors' names
    /// @param coefficients by site, a number for each block from the first on
    public record AdapterCoefficients(int adapter, Map<String, List<Double>> coefficients) {

        public AdapterCoefficients {
            Map<String, List<Double>> copy = new LinkedHashMap<>();
            coefficients.forEach((site, values) -> copy.put(site, List.copyOf(values)));
            coefficients = Collections.unmodifiableMap(copy);
        }
    }

    public ServedModel {
        heads = List.copyOf(heads);
    }

    /// Whether a snapshot changes weights by more than adapters.
    boolean dense() {
        return inference != null && inference.snapshots().stream().anyMatch(snapshot -> snapshot.dense() != null);
    }
}
