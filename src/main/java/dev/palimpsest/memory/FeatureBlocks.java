package dev.palimpsest.memory;

import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import dev.palimpsest.torch.TorchRuntime;
import java.util.ArrayList;
import java.util.List;

/// Features in libtorch's memory, in the type in which the network gives them; rows are known by their numbers, in
/// the order in which they came. What is computed from them in double is what it would be from doubles.
public final class FeatureBlocks implements AutoCloseable {

    private final TorchRuntime runtime;
    private final int size;
    private final List<Tensor> blocks = new ArrayList<>();

    /// No rows yet.
    ///
    /// @param size rows of a block; only the last may have fewer
    public FeatureBlocks(TorchRuntime runtime, int size) {
        this.runtime = runtime;
        this.size = size;
    }

    /// Takes rows over. Shape [k, D], k from 1 to the size of a block; a shorter one fills its block to the end.
    ///
    /// @return number of the first of them
    public int add(Tensor rows) {
        int first = blocks.size() * size;
        blocks.add(rows);
        return first;
    }

    /// Copies of rows. Shape [n, D].
    ///
    /// @param numbers at least one
    public Tensor rows(TensorScope scope, long[] numbers) {
        return runtime.program().call(scope, "gather_rows", blocks, numbers, (long) size);
    }

    @Override
    public void close() {
        blocks.forEach(Tensor::close);
        blocks.clear();
    }
}
