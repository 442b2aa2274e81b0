package dev.palimpsest.data;

/// Width and height in pixels.
public record ImageSize(int width, int height) {}
