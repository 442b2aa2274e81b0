package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Safetensors;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The pretrained weights on a device, in the master type.
///
/// `frozen`: patch weight [D, 3 p p], patch bias, class token, positions [1, N, D]; for each block norm1
/// weight and bias, qkv bias, out bias, norm2 weight and bias, fc1 bias, fc2 bias; norm weight and bias.
/// `stacks`: qkv [L, 3 D, D], out [L, D, D], fc1 [L, H, D], fc2 [L, D, H].
public final class Backbone implements AutoCloseable {

    /// Tensors before the blocks and in each block of `frozen`.
    static final int HEAD_TENSORS = 4;

    static final int BLOCK_TENSORS = 8;

    private final Storage storage;
    private final VitShape shape;
    private final List<Tensor> frozen;
    private final List<Tensor> stacks;

    private Backbone(Storage storage, VitShape shape, List<Tensor> frozen, List<Tensor> stacks) {
        this.storage = storage;
        this.shape = shape;
        this.frozen = List.copyOf(frozen);
        this.stacks = List.copyOf(stacks);
    }

    /// Loads a checked weights file for images of another side than its own, if asked: the position table is
    /// resized once, bicubic on the grid, the class token's row kept.
    ///
    /// @param side image side, a multiple of the patch side
    /// @param master `FLOAT32`; `FLOAT64` in tests
    /// @throws InvalidWeightsException if the file does not hold the network
    public static Backbone load(
            TorchRuntime runtime, Safetensors file, int heads, int side, ElementType master, String device) {
        VitShape own = BackboneNames.shape(file, heads);
        BackboneNames.check(file, own);
        VitShape shape = own.at(side);
        Storage storage = new Storage(runtime, device, master);
        List<Tensor> frozen = new ArrayList<>();
        List<List<Tensor>> blocks = List.of(new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        for (Map.Entry<String, long[]> entry : BackboneNames.expected(own).entrySet()) {
            String name = entry.getKey();
            Tensor tensor = storage.of(file.read(name));
            int stack = stack(name);
            if (stack >= 0) {
                blocks.get(stack).add(tensor);
            } else if (name.equals("patch_embed.proj.weight")) {
                frozen.add(reshaped(storage, tensor, own.width(), 3L * own.patch() * own.patch()));
            } else if (name.equals("pos_embed") && own.grid() != shape.grid()) {
                frozen.add(resized(storage, tensor, own.grid(), shape.grid()));
            } else {
                frozen.add(tensor);
            }
        }
        List<Tensor> stacks = new ArrayList<>();
        for (int stack = 0; stack < Site.STACKS; stack++) {
            stacks.add(stacked(storage, blocks.get(stack)));
        }
        return new Backbone(storage, shape, frozen, stacks);
    }

    public VitShape shape() {
        return shape;
    }

    List<Tensor> frozen() {
        return frozen;
    }

    List<Tensor> stacks() {
        return stacks;
    }

    Storage storage() {
        return storage;
    }

    /// Whether `frozen` entry i belongs to the norm of a block.
    static boolean blockNorm(int i, int depth) {
        int place = (i - HEAD_TENSORS) % BLOCK_TENSORS;
        return i >= HEAD_TENSORS && !lastNorm(i, depth) && (place == 0 || place == 1 || place == 4 || place == 5);
    }

    /// Whether it belongs to the norm behind the blocks.
    static boolean lastNorm(int i, int depth) {
        return i >= HEAD_TENSORS + BLOCK_TENSORS * depth;
    }

    /// A network of its own with the same weights, for a method that trains them.
    Backbone copy() {
        return new Backbone(
                storage,
                shape,
                frozen.stream().map(storage::copy).toList(),
                stacks.stream().map(storage::copy).toList());
    }

    /// A network of its own with these matrices in place of this one's.
    ///
    /// @param matrices four stacks, taken over
    Backbone with(List<Tensor> matrices) {
        return new Backbone(storage, shape, frozen.stream().map(storage::copy).toList(), matrices);
    }

    /// The weights under their published names.
    TensorBundle save() {
        TensorBundle bundle = new TensorBundle();
        int next = 0;
        for (Map.Entry<String, long[]> entry : BackboneNames.expected(shape).entrySet()) {
            String name = entry.getKey();
            int stack = stack(name);
            if (stack < 0) {
                bundle.put(name, HostTensor.of(frozen.get(next++), 0, entry.getValue()));
            } else {
                long size = Storage.elements(entry.getValue());
                bundle.put(name, HostTensor.of(stacks.get(stack), block(name) * size, entry.getValue()));
            }
        }
        return bundle;
    }

    /// Takes weights saved by [#save].
    void restore(TensorBundle saved) {
        int next = 0;
        for (String name : BackboneNames.expected(shape).keySet()) {
            int stack = stack(name);
            if (stack < 0) {
                storage.fill(frozen.get(next++), saved.get(name));
                continue;
            }
            long[] size = saved.get(name).shape();
            try (Tensor target = storage.window(stacks.get(stack), block(name) * Storage.elements(size), size)) {
                storage.fill(target, saved.get(name));
            }
        }
    }

    private static int block(String name) {
        return Integer.parseInt(name.split("\\.", -1)[1]);
    }

    private static int stack(String name) {
        if (name.endsWith("attn.qkv.weight")) {
            return 0;
        }
        if (name.endsWith("attn.proj.weight")) {
            return 1;
        }
        if (name.endsWith("mlp.fc1.weight")) {
            return 2;
        }
        return name.endsWith("mlp.fc2.weight") ? 3 : -1;
    }

    /// Matrices of all blocks as one stack; closes the parts.
    private static Tensor stacked(Storage storage, List<Tensor> parts) {
        long[] shape = parts.getFirst().shape();
        try (Tensor rows = storage.join(parts, 0)) {
            return reshaped(storage, storage.copy(rows), parts.size(), shape[0], shape[1]);
        } finally {
            parts.forEach(Tensor::close);
        }
    }

    /// The same memory under another shape; closes the first handle.
    private static Tensor reshaped(Storage storage, Tensor tensor, long... shape) {
        try (Tensor flat = storage.window(tensor, 0, Storage.elements(shape))) {
            return storage.window(flat, 0, shape);
        } finally {
            tensor.close();
        }
    }

    private static Tensor resized(Storage storage, Tensor positions, int from, int to) {
        try (TensorScope scope = new TensorScope(storage.runtime())) {
            Tensor table = storage.runtime().program().call(scope, "resize_positions", positions, from, to);
            return scope.keep(table);
        } finally {
            positions.close();
        }
    }

    @Override
    public void close() {
        frozen.forEach(Tensor::close);
        stacks.forEach(Tensor::close);
    }
}
