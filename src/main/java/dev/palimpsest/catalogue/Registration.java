package dev.palimpsest.catalogue;

/// What became of a request to register something.
///
/// @param created false if the same content was there already under this id
public record Registration<T>(T entry, boolean created) {}
