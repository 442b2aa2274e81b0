package dev.palimpsest.model;

/// A term of the loss beside the cross-entropy.
public sealed interface LossTerm {

    /// The name in tallies, in the catalogue and, after `train.loss.`, of the series.
    String name();

    /// `weight * sum over free sites of || S S^T - I ||_F`, S the rows of all adapters' A one above the other.
    ///
    /// @param free 1 where the term applies
    record Orthogonality(double weight, SiteValues free) implements LossTerm {

        public static final String NAME = "orthogonality";

        @Override
        public String name() {
            return NAME;
        }
    }
}
