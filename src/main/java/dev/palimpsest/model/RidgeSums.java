package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Sums of a ridge regression from mapped features h to classes: G, the sum of h hᵀ over all images [M, M], and Q,
/// whose row c is the sum of h over the images of class c [C, M].
///
/// Whatever type h is in, they are fp64 and on the network's device, so that the order in which images come moves the
/// heads by the rounding of fp64 only. Of G the lower triangle is kept and saved, in blocks of rows.
public final class RidgeSums implements AutoCloseable {

    private static final int BLOCK = 512;
    private static final String GRAM = "gram";
    private static final String CROSS = "cross";

    private final Network network;
    private final Classifier.Projected map;
    private final List<Tensor> gram = new ArrayList<>();
    private final Tensor cross;

    /// Sums over no image.
    ///
    /// @param map of the network
    public RidgeSums(Network network, Classifier.Projected map) {
        this.network = network;
        this.map = map;
        int width = map.heads().width();
        for (int from = 0; from < width; from += BLOCK) {
            int end = Math.min(width, from + BLOCK);
            gram.add(network.storage().zeros(ElementType.FLOAT64, end - from, end));
        }
        cross = network.storage().zeros(ElementType.FLOAT64, map.heads().classes(), width);
    }

    /// Numbers of G that are kept for a map of this width.
    public static long kept(long width) {
        long kept = 0;
        for (long from = 0; from < width; from += BLOCK) {
            long end = Math.min(width, from + BLOCK);
            kept += (end - from) * end;
        }
        return kept;
    }

    /// In how many tensors.
    public static long blocks(long width) {
        return (width + BLOCK - 1) / BLOCK;
    }

    /// Adds images of one class.
    ///
    /// @param position of the class
    /// @param features shape [n, D], as many as may stand in memory mapped
    public void add(int position, Tensor features) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            network.runtime().program().call(scope, "add_ridge", gram, cross, mapped(scope, features), position);
        }
    }

    /// Adds the images of other sums of the same map.
    public void addAll(RidgeSums other) {
        for (int b = 0; b < gram.size(); b++) {
            network.runtime().program().run("add_into", gram.get(b), other.gram.get(b));
        }
        network.runtime().program().run("add_into", cross, other.cross);
    }

    private Tensor mapped(TensorScope scope, Tensor features) {
        Tensor rows = network.storage().cast(features, network.storage().master());
        scope.adopt(rows);
        return network.projected(scope, map, rows, network.chunk());
    }

    /// Mean of G's diagonal.
    ///
    /// @throws NonFiniteException if it is not finite
    public double meanSquare() {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            double sum = 0;
            double[] diagonal = network.runtime()
                    .program()
                    .call(scope, "ridge_diagonal", gram)
                    .doubles();
            for (double square : diagonal) {
                sum += square;
            }
            if (!Double.isFinite(sum)) {
                throw new NonFiniteException(
                        "The sums over projected features are not finite; the features are too large.");
            }
            return sum / diagonal.length;
        }
    }

    /// W of W (G + ridge I) = Q, by Cholesky in fp64. Shape [C, M]; the caller closes it.
    ///
    /// @return null where G + ridge I is not positive definite in fp64
    public @Nullable Tensor solve(double ridge) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            List<Tensor> solved = network.runtime().program().callAll(scope, "solve_ridge", gram, cross, ridge);
            return solved.get(1).number() == 0 ? scope.keep(solved.get(0)) : null;
        }
    }

    /// Sum over images of one class of |W h - y|², y the class's unit vector.
    ///
    /// @param weights W, shape [C, M], as [#solve] gives it
    /// @param features shape [n, D]
    public double squaredError(Tensor weights, int position, Tensor features) {
        try (TensorScope scope = new TensorScope(network.runtime())) {
            return network.runtime()
                    .program()
                    .call(scope, "ridge_error", weights, mapped(scope, features), position)
                    .number();
        }
    }

    /// Makes rows of W the first heads; biases stay 0.
    ///
    /// @param classes how many
    public void serve(Tensor weights, int classes) {
        Storage storage = network.storage();
        try (Tensor rows = storage.window(weights, 0, classes, map.heads().width());
                Tensor biases = storage.zeros(classes)) {
            map.heads().put(0, rows, biases);
        }
    }

    /// `gram{b}` [rows, columns], b from 1, the blocks of G's lower triangle, and `cross` [classes, M].
    ///
    /// @param classes how many have been learned
    public TensorBundle save(int classes) {
        TensorBundle bundle = new TensorBundle();
        for (int b = 0; b < gram.size(); b++) {
            bundle.put(GRAM + (b + 1), network.storage().saved(gram.get(b)));
        }
        return bundle.put(CROSS, HostTensor.of(cross, 0, classes, map.heads().width()));
    }

    /// Takes what [#save] gave.
    public void restore(TensorBundle saved) {
        Storage storage = network.storage();
        for (int b = 0; b < gram.size(); b++) {
            storage.fill(gram.get(b), saved.get(GRAM + (b + 1)));
        }
        HostTensor rows = saved.get(CROSS);
        try (Tensor learned = storage.window(cross, 0, rows.shape())) {
            storage.fill(learned, rows);
        }
    }

    @Override
    public void close() {
        gram.forEach(Tensor::close);
        cross.close();
    }
}
