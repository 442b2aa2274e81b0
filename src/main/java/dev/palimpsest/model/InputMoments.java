package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sums of x x^T over the rows x that go into matrices, in fp64: which directions a task uses.
///
/// Every token is a row; in the last block only the class token goes beyond keys and values, so there a matrix after
/// them has one row an image.
public final class InputMoments implements AutoCloseable {

    private final Network network;

    /// A stack [L, in, in], or empty where nobody asked.
    private final List<Tensor> sums = new ArrayList<>();

    private long images;

    /// Zero everywhere.
    public InputMoments(Network network, Set<Site> sites) {
        this.network = network;
        VitShape shape = network.shape();
        for (int stack = 0; stack < Site.STACKS; stack++) {
            int wanted = stack;
            boolean asked = sites.stream().anyMatch(site -> site.stack() == wanted);
            long in = shape.in(stack);
            sums.add(
                    asked
                            ? network.storage().zeros(ElementType.FLOAT64, shape.depth(), in, in)
                            : network.storage().zeros(ElementType.FLOAT64, 0));
        }
    }

    /// Adds images in training pixels, seen through the weights of a view.
    ///
    /// @param rows of the images
    /// @param seed of their augmentation
    public void add(ImagePixels pixels, long[] rows, Weights weights, long seed) {
        Map<String, List<Tensor>> lists = Map.of(
                "pixels", pixels.tensors(),
                "base", network.backbone().stacks(),
                "frozen", network.frozen(),
                "weights", weights.stacks(),
                "moments", sums);
        try (TensorScope scope = new TensorScope(network.runtime());
                TensorMap s = TensorMap.of(lists);
                Tensor chosen = network.storage().ofHost(rows, rows.length)) {
            network.run(scope, "add_moments", s, chosen, seed);
        }
        images += rows.length;
    }

    /// The sum of a site's input. Shape [in, in], row after row.
    public double[] sum(AdapterSite site) {
        int stack = site.matrix().stack();
        Tensor all = sums.get(stack);
        if (all.shape()[0] == 0) {
            throw new IllegalArgumentException("the inputs of " + site.matrix().wire() + " were not asked for");
        }
        long in = network.shape().in(stack);
        try (Tensor one = network.storage().window(all, site.block() * in * in, in, in)) {
            return one.doubles();
        }
    }

    /// How many rows were added at a site.
    public long rows(AdapterSite site) {
        boolean classToken =
                site.block() == network.shape().depth() - 1 && site.matrix().stack() != 0;
        return images * (classToken ? 1 : network.shape().tokens());
    }

    @Override
    public void close() {
        sums.forEach(Tensor::close);
    }
}
