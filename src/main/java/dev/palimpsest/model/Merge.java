package dev.palimpsest.model;

import dev.palimpsest.torch.Tensor;
import dev.palimpsest.torch.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Makes one view of several, each the change that one source would make alone.
///
/// A linear rule gives coefficients, any other a dense change, one site after the other: beside the result there is
/// room
/// for a few matrices, however many sources and sites there are.
public final class Merge {

    /// Between sites; the bits that name the stream stay (`RandomStreams`).
    private static final long SEED_STRIDE = 8;

    private final Network network;
    private final List<AdapterView> sources;
    private final int depth;

    private Merge(Network network, List<AdapterView> sources) {
        if (sources.isEmpty()) {
            throw new IllegalArgumentException("a merge needs at least one source");
        }
        this.network = network;
        this.sources = List.copyOf(sources);
        this.depth = network.shape().depth();
    }

    /// The merged view. If it has a dense change, that is the caller's to close or to give to the bank.
    ///
    /// @param sources views of the network's adapters, in order; their dense changes are only read
    /// @param seed of the stream `sampling`, for the rules that draw
    public static AdapterView of(Network network, MergeRule rule, List<AdapterView> sources, long seed) {
        Merge merge = new Merge(network, sources);
        return switch (rule) {
            case MergeRule.Sum sum -> merge.linear(sum.weights(sources.size()));
            case MergeRule.Average average -> merge.linear(average.weights(sources.size()));
            case MergeRule.MovingAverage moving -> merge.linear(moving.weights(sources.size()));
            case MergeRule.MaxMagnitude _, MergeRule.RandomMix _, MergeRule.Ties _, MergeRule.Dare _ ->
                new AdapterView(
                        List.of(),
                        merge.dense(
                                true,
                                (scope, site, at) -> at.merge(
                                        scope, network.storage(), rule, seed + SEED_STRIDE * SiteValues.index(site))));
        };
    }

    private AdapterView linear(List<Double> weights) {
        List<SiteValues> coefficients = new ArrayList<>();
        for (int source = 0; source < sources.size(); source++) {
            double weight = weights.get(source);
            List<SiteValues> own = sources.get(source).coefficients();
            for (int j = 0; j < own.size(); j++) {
                SiteValues weighted = own.get(j).map(value -> weight * value);
                if (j == coefficients.size()) {
                    coefficients.add(weighted);
                } else {
                    coefficients.set(j, coefficients.get(j).plus(weighted));
                }
            }
        }
        return new AdapterView(
                coefficients, dense(false, (scope, _, at) -> at.linear(scope, network.storage(), weights)));
    }

    @FunctionalInterface
    private interface AtSite {
        Tensor merged(TensorScope scope, AdapterSite site, SiteSources sources);
    }

    /// Null where nothing changes.
    ///
    /// @param adapters whether they are part of it
    private @Nullable DenseChange dense(boolean adapters, AtSite rule) {
        Map<AdapterSite, Tensor> matrices = new LinkedHashMap<>();
        try {
            for (AdapterSite site : AdapterSite.all(depth)) {
                try (TensorScope scope = new TensorScope(network.runtime())) {
                    SiteSources at = at(scope, site, adapters);
                    if (!at.empty()) {
                        matrices.put(site, scope.keep(rule.merged(scope, site, at)));
                    }
                }
            }
        } catch (RuntimeException | Error failure) {
            new DenseChange(matrices).close();
            throw failure;
        }
        return matrices.isEmpty() ? null : new DenseChange(matrices);
    }

    private SiteSources at(TensorScope scope, AdapterSite site, boolean adapters) {
        List<Tensor> down = new ArrayList<>();
        List<Tensor> up = new ArrayList<>();
        List<Tensor> dense = new ArrayList<>();
        List<Long> owner = new ArrayList<>();
        List<Double> factor = new ArrayList<>();
        for (int source = 0; source < sources.size(); source++) {
            AdapterView view = sources.get(source);
            DenseChange change = view.dense();
            Tensor matrix = change == null ? null : change.at(site);
            dense.add(matrix == null ? owned(scope, network.storage().zeros(0)) : matrix);
            int count = adapters && network.bank().settings().has(site)
                    ? view.coefficients().size()
                    : 0;
            for (int j = 0; j < count; j++) {
                double coefficient = view.coefficients().get(j).at(site);
                if (coefficient != 0) {
                    down.add(owned(scope, network.bank().downAt(j, site)));
                    up.add(owned(scope, network.bank().upAt(j, site)));
                    owner.add((long) source);
                    factor.add(coefficient);
                }
            }
        }
        VitShape sizes = network.shape();
        return new SiteSources(
                new long[] {sizes.out(site.matrix()), sizes.in(site.matrix())},
                down,
                up,
                owner.stream().mapToLong(Long::longValue).toArray(),
                factor.stream().mapToDouble(Double::doubleValue).toArray(),
                dense);
    }

    private static Tensor owned(TensorScope scope, Tensor tensor) {
        scope.adopt(tensor);
        return tensor;
    }
}
