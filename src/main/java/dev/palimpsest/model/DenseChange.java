package dev.palimpsest.model;

import dev.palimpsest.torch.HostTensor;
import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorBundle;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/// A change of weights that is no sum of adapters: a matrix [out, in] at each of some sites, in the master type, added
/// whole to what the backbone has there. Its owner closes it when no view names it any more.
public final class DenseChange implements AutoCloseable {

    private static final String DELTA = "delta";

    private final Map<AdapterSite, Tensor> matrices;

    /// Takes the matrices over.
    ///
    /// @param matrices by site, [out, in]
    DenseChange(Map<AdapterSite, Tensor> matrices) {
        this.matrices = new LinkedHashMap<>(matrices);
    }

    /// Sites that change, in the order in which they were given.
    public Set<AdapterSite> sites() {
        return Collections.unmodifiableSet(matrices.keySet());
    }

    /// The matrix of a site, or null where none changes.
    @Nullable
    Tensor at(AdapterSite site) {
        return matrices.get(site);
    }

    List<Tensor> matrices() {
        return List.copyOf(matrices.values());
    }

    /// Where each matrix is added: stack, block and part, three numbers a matrix.
    long[] places() {
        return matrices.keySet().stream()
                .flatMapToLong(site -> LongStream.of(
                        site.matrix().stack(), site.block(), site.matrix().part()))
                .toArray();
    }

    /// Scalars of all matrices.
    public long parameters() {
        return matrices.values().stream().mapToLong(Tensor::elements).sum();
    }

    /// Multiplies every entry.
    void scale(Storage storage, double factor) {
        matrices.replaceAll((_, matrix) -> {
            try (matrix) {
                return storage.times(matrix, factor);
            }
        });
    }

    /// Appends the matrices as `blocks.{i}.{site}.delta`. They are read when they are written.
    void save(TensorBundle bundle) {
        matrices.forEach((site, matrix) -> bundle.put(name(site), HostTensor.of(matrix, 0, matrix.shape())));
    }

    /// What [#save] gave, or null if it gave nothing.
    static @Nullable DenseChange restore(TensorBundle saved, Storage storage, int depth) {
        Map<AdapterSite, Tensor> matrices = new LinkedHashMap<>();
        for (AdapterSite site : AdapterSite.all(depth)) {
            if (saved.has(name(site))) {
                matrices.put(site, storage.of(saved.get(name(site))));
            }
        }
        return matrices.isEmpty() ? null : new DenseChange(matrices);
    }

    private static String name(AdapterSite site) {
        return "blocks.%d.%s.%s".formatted(site.block(), site.matrix().wire(), DELTA);
    }

    @Override
    public void close() {
        matrices.values().forEach(Tensor::close);
        matrices.clear();
    }
}
