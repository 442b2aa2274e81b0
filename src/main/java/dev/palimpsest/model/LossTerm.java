package dev.palimpsest.model;

/// A term of the loss beside the cross-entropy.
public sealed interface LossTerm {

    /// The name in tallies, in the catalogue and, after `train.loss.`, of the series.
    String name();

    /// Reported weighted: `weight * sum over free sites of || S S^T - I ||_F`, S the rows of all adapters' A one above
    /// the other.
    ///
    /// @param free 1 where the term applies
    record Orthogonality(double weight, SiteValues free) implements LossTerm {

        public static final String NAME = "orthogonality";

        @Override
        public String name() {
            return NAME;
        }
    }

    /// KL(p || q) in nats, the mean over the batch: p and q are the softmax of an image's feature without and with
    /// adapters, over the entries of the feature. It takes its share of the loss from the cross-entropy, which then
    /// counts 1 - weight. Both are reported unweighted.
    ///
    /// @param weight between 0 and 1, both excluded
    record Divergence(double weight) implements LossTerm {

        public static final String NAME = "kl";

        public Divergence {
            if (!(weight > 0 && weight < 1)) {
                throw new IllegalArgumentException("weight must be between 0 and 1, got " + weight);
            }
        }

        @Override
        public String name() {
            return NAME;
        }
    }
}
