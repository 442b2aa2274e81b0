package dev.palimpsest.model;

/// What may change while a task is learned.
public enum Part {
    /// A of the newest adapter.
    DOWN,
    /// B of the newest adapter.
    UP,
    /// The coefficients of earlier adapters.
    PAST_COEFFICIENTS,
    /// The rows of the classes in scope. They train wherever anything does.
    HEADS,
    /// Every weight of the backbone.
    BACKBONE
}
