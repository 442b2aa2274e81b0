package dev.palimpsest.model;

import dev.palimpsest.torch.ElementType;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorMap;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Sums of x x^T over the rows x that go into matrices of the adapted blocks, in fp64 on the network's device: which
/// directions a task uses.
///
/// Every token is a row; in the last block only the class token goes beyond keys and values, so there a matrix after
/// them has one row an image.
public final class InputMoments implements AutoCloseable {

    private final Network network;

    /// A stack [blocks, in, in], or empty where nobody asked.
    private final List<Tensor> sums = new ArrayList<>();

    private long images;

    /// Bytes of the sums for these sites in the first so many blocks.
    public static long bytes(VitShape shape, Set<Site> sites, int blocks) {
        return sites.stream()
                        .map(Site::stack)
                        .distinct()
                        .mapToLong(stack -> (long) shape.in(stack) * shape.in(stack))
                        .sum()
                * blocks
                * Double.BYTES;
    }

    /// Zero everywhere.
    public InputMoments(Network network, Set<Site> sites) {
        this.network = network;
        VitShape shape = network.shape();
        long blocks = network.bank().settings().blocks();
        for (int stack = 0; stack < Site.STACKS; stack++) {
            int wanted = stack;
            boolean asked = sites.stream().anyMatch(site -> site.stack() == wanted);
            long in = shape.in(stack);
            sums.add(
                    asked
                            ? network.storage().zeros(ElementType.FLOAT64, blocks, in, in)
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

    /// Refuses sums that no matrix can be designed from.
    ///
    /// @throws NonFiniteException if a sum is not finite
    public void requireFinite() {
        List<Tensor> asked = sums.stream().filter(each -> each.elements() > 0).toList();
        try (TensorScope scope = new TensorScope(network.runtime())) {
            if (network.runtime().program().call(scope, "finite_sums", asked).number() == 0) {
                throw new NonFiniteException("The inputs of the adapted matrices are not finite, or their squares"
                        + " overflow; weights or adapters are too large to compute with.");
            }
        }
    }

    /// The mean of x x^T at a site, on the CPU. Shape [in, in].
    public Tensor mean(TensorScope scope, AdapterSite site) {
        Tensor all = sums.get(site.matrix().stack());
        if (all.elements() == 0) {
            throw new IllegalArgumentException("the inputs of " + site.matrix().wire() + " were not asked for");
        }
        return network.runtime().program().call(scope, "second_moment", all, (long) site.block(), rows(site));
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
