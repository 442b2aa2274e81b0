package dev.palimpsest.model;

/// How importance is smoothed, `docs/methods/lorac-ipc.md` 4.
///
/// @param frozenSites whether it is computed at frozen sites too, as the published code does
public record ImportanceCollection(double sensitivityDecay, double uncertaintyDecay, boolean frozenSites) {}
