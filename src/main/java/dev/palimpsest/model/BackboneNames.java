package dev.palimpsest.model;

import dev.palimpsest.torch.Safetensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Published tensor names of a Vision Transformer (timm) and what a weights file must hold
/// (`docs/data.md` 6.1).
public final class BackboneNames {

    private static final Set<String> TYPES = Set.of("F32", "F16", "BF16");

    /// Tensors with values that are not finite that are named one by one.
    private static final int SHOWN = 20;

    private BackboneNames() {}

    /// Names and shapes of all tensors of a network, in the order of [Backbone].
    static Map<String, long[]> expected(VitShape shape) {
        long d = shape.width();
        long h = shape.mlp();
        long p = shape.patch();
        Map<String, long[]> names = new LinkedHashMap<>();
        names.put("patch_embed.proj.weight", new long[] {d, 3, p, p});
        names.put("patch_embed.proj.bias", new long[] {d});
        names.put("cls_token", new long[] {1, 1, d});
        names.put("pos_embed", new long[] {1, shape.tokens(), d});
        for (int i = 0; i < shape.depth(); i++) {
            String block = "blocks." + i + ".";
            names.put(block + "norm1.weight", new long[] {d});
            names.put(block + "norm1.bias", new long[] {d});
            names.put(block + "attn.qkv.weight", new long[] {3 * d, d});
            names.put(block + "attn.qkv.bias", new long[] {3 * d});
            names.put(block + "attn.proj.weight", new long[] {d, d});
            names.put(block + "attn.proj.bias", new long[] {d});
            names.put(block + "norm2.weight", new long[] {d});
            names.put(block + "norm2.bias", new long[] {d});
            names.put(block + "mlp.fc1.weight", new long[] {h, d});
            names.put(block + "mlp.fc1.bias", new long[] {h});
            names.put(block + "mlp.fc2.weight", new long[] {d, h});
            names.put(block + "mlp.fc2.bias", new long[] {d});
        }
        names.put("norm.weight", new long[] {d});
        names.put("norm.bias", new long[] {d});
        return names;
    }

    /// Sizes of the network a file holds, read from its tensors.
    ///
    /// @param heads attention heads, or 0 for width / 64
    /// @throws InvalidWeightsException if the tensors that give the sizes are missing or make no network
    public static VitShape shape(Safetensors file, int heads) {
        long[] patch = dimensions(file, "patch_embed.proj.weight", 4);
        long[] positions = dimensions(file, "pos_embed", 3);
        long[] fc1 = dimensions(file, "blocks.0.mlp.fc1.weight", 2);
        int depth = 0;
        while (file.names().contains("blocks." + depth + ".norm1.weight")) {
            depth++;
        }
        int width = Math.toIntExact(patch[0]);
        int grid = (int) Math.round(Math.sqrt(positions[1] - 1.0));
        if ((long) grid * grid != positions[1] - 1) {
            throw new InvalidWeightsException(List.of(
                    "pos_embed has " + positions[1] + " rows; a square grid of patches and one more is needed"));
        }
        int chosen = heads == 0 ? Math.max(1, width / 64) : heads;
        if (width % chosen != 0) {
            throw new InvalidWeightsException(
                    List.of("heads must divide the width " + width + " of patch_embed.proj.weight, got " + chosen));
        }
        return new VitShape(
                Math.toIntExact(grid * patch[2]), Math.toIntExact(patch[2]), depth, width, chosen, (int) fc1[0]);
    }

    /// Refuses a file with a missing, left-over, mis-shaped or mis-typed tensor.
    ///
    /// @throws InvalidWeightsException naming every such tensor
    public static void check(Safetensors file, VitShape shape) {
        List<String> faults = new ArrayList<>();
        Map<String, long[]> expected = expected(shape);
        expected.forEach((name, dimensions) -> {
            if (!file.names().contains(name)) {
                faults.add(name + " is missing; expected shape " + Arrays.toString(dimensions));
            } else if (!Arrays.equals(file.shape(name), dimensions)) {
                faults.add(name + " has shape " + Arrays.toString(file.shape(name)) + "; expected "
                        + Arrays.toString(dimensions));
            } else if (!TYPES.contains(file.dtype(name))) {
                faults.add(name + " has type " + file.dtype(name) + "; allowed are F32, F16 and BF16");
            }
        });
        for (String name : file.names()) {
            if (!expected.containsKey(name) && !name.startsWith("head.") && !name.startsWith("pre_logits.")) {
                faults.add(name + " is left over; a Vision Transformer has no such tensor");
            }
        }
        if (!faults.isEmpty()) {
            throw new InvalidWeightsException(faults);
        }
    }

    /// Refuses a file of the right form whose network has a value that is not finite. Reads every tensor once, in
    /// place.
    ///
    /// @throws InvalidWeightsException naming the first such tensors and the number of the others
    public static void checkFinite(Safetensors file, VitShape shape) {
        List<String> faults = new ArrayList<>();
        int more = 0;
        for (String name : expected(shape).keySet()) {
            long found = file.nonFinite(name);
            if (found > 0 && faults.size() < SHOWN) {
                faults.add(
                        name + " has " + found + " values that are not finite; every weight must be a finite number");
            } else if (found > 0) {
                more++;
            }
        }
        if (more > 0) {
            faults.add(more + " further tensors have values that are not finite");
        }
        if (!faults.isEmpty()) {
            throw new InvalidWeightsException(faults);
        }
    }

    private static long[] dimensions(Safetensors file, String name, int count) {
        if (!file.names().contains(name)) {
            throw new InvalidWeightsException(List.of(name + " is missing; the sizes of the network follow from it"));
        }
        long[] shape = file.shape(name);
        if (shape.length != count) {
            throw new InvalidWeightsException(
                    List.of(name + " has shape " + Arrays.toString(shape) + "; expected " + count + " dimensions"));
        }
        return shape;
    }
}
