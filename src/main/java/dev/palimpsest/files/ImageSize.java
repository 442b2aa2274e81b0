package dev.palimpsest.files;

/// Width and height in pixels.
public record ImageSize(int width, int height) {}
