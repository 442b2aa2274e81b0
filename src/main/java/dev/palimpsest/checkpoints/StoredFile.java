package dev.palimpsest.checkpoints;

/// A file with what proves that it is whole.
///
/// @param sha256 64 hexadecimal digits in lower case
public record StoredFile(String name, long sizeBytes, String sha256) {}
