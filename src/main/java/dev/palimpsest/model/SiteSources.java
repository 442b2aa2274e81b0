package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What several sources change at one site, in factors.
///
/// @param shape [out, in]
/// @param down A of each adapter that counts, [r, in]
/// @param up B of each, [out, r]
/// @param owner which source it belongs to
/// @param factor what it counts there
/// @param dense of each source [out, in], or empty where it has none
@SuppressWarnings("ArrayRecordComponent") // handed to programs; never compared
record SiteSources(
        long[] shape, List<Tensor> down, List<Tensor> up, long[] owner, double[] factor, List<Tensor> dense) {

    /// Whether no source changes the site.
    boolean empty() {
        return down.isEmpty() && dense.stream().allMatch(matrix -> matrix.elements() == 0);
    }

    /// The merged change [out, in], in the master type.
    ///
    /// @param seed of what is drawn
    Tensor merge(TensorScope scope, Storage storage, MergeRule rule, long seed) {
        return switch (rule) {
            case MergeRule.Sum sum -> linear(scope, storage, sum.weights(dense.size()));
            case MergeRule.Average average -> linear(scope, storage, average.weights(dense.size()));
            case MergeRule.MovingAverage moving -> linear(scope, storage, moving.weights(dense.size()));
            case MergeRule.MaxMagnitude largest -> call(scope, "merge_largest", storage, largest.coefficient());
            case MergeRule.Ties ties -> call(scope, "merge_ties", storage, ties.keepFraction(), ties.coefficient());
            case MergeRule.RandomMix mix -> mixed(scope, storage, mix, drawSources(scope, storage, seed));
            case MergeRule.Dare dare -> dropped(scope, storage, dare, drawKept(scope, storage, dare, seed));
        };
    }

    Tensor linear(TensorScope scope, Storage storage, List<Double> weights) {
        return call(scope, "merge_linear", storage, (Object)
                weights.stream().mapToDouble(Double::doubleValue).toArray());
    }

    /// @param drawn which source each entry is taken from, i64 [out, in]
    Tensor mixed(TensorScope scope, Storage storage, MergeRule.RandomMix mix, Tensor drawn) {
        return call(scope, "merge_drawn", storage, drawn, mix.coefficient());
    }

    /// @param kept entries of each source, u8 [sources, out, in]
    Tensor dropped(TensorScope scope, Storage storage, MergeRule.Dare dare, Tensor kept) {
        return call(scope, "merge_dropped", storage, kept, dare.dropFraction(), dare.coefficient());
    }

    private Tensor drawSources(TensorScope scope, Storage storage, long seed) {
        Tensor drawn = storage.runtime().program().call(scope, "draw_sources", seed, shape, (long) dense.size());
        return moved(scope, storage, drawn);
    }

    private Tensor drawKept(TensorScope scope, Storage storage, MergeRule.Dare dare, long seed) {
        long[] all = {dense.size(), shape[0], shape[1]};
        Tensor kept = storage.runtime().program().call(scope, "draw_kept", seed, all, dare.dropFraction());
        return moved(scope, storage, kept);
    }

    private static Tensor moved(TensorScope scope, Storage storage, Tensor drawn) {
        Tensor there = storage.cast(drawn, drawn.type());
        scope.adopt(there);
        return there;
    }

    private Tensor call(TensorScope scope, String program, Storage storage, Object... further) {
        List<Object> arguments = new ArrayList<>(List.of(down, up, owner, factor, dense));
        arguments.addAll(Arrays.asList(further));
        arguments.add(storage.master().code());
        return storage.runtime().program().call(scope, program, arguments.toArray());
    }
}
