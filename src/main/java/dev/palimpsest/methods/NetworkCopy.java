package dev.palimpsest.methods;

import dev.palimpsest.model.AdapterBank;
import dev.palimpsest.model.AdapterView;
import dev.palimpsest.model.Network;
import dev.palimpsest.model.SiteValues;
import org.jspecify.annotations.Nullable;

/// A network of its own that a phase trains: what the next task starts from stays as it is.
///
/// @param start of what its weights are made; heads begin as they are
/// @param adapter above them, or null for none
/// @param trainsBackbone whether the weights themselves train
public record NetworkCopy(AdapterView start, @Nullable Adapter adapter, boolean trainsBackbone) {

    /// A fresh adapter at the sites of the method's own, and of their size.
    ///
    /// @param seed of the stream `init`
    public record Adapter(long seed, AdapterBank.Bound bound) {}

    /// Makes it, untrained. The caller closes it.
    public Network of(Network network) {
        Network copy = network.copy(start);
        if (adapter != null) {
            copy.bank().grow(adapter.seed(), adapter.bound());
        }
        return copy;
    }

    /// What counts in the copy beside its weights: the adapter at its scale.
    public AdapterView view(Network network) {
        SiteValues scales = network.bank().settings().scales(network.shape().depth());
        return adapter == null ? AdapterView.NONE : AdapterView.first(1, scales);
    }
}
