package dev.palimpsest.data;

/// Memory that pictures are decoded into, of any length. Threads write different stretches at once.
@FunctionalInterface
public interface PixelTarget {

    /// Writes a stretch.
    ///
    /// @param offset where it begins in the target
    /// @param from where it begins in the source
    void put(long offset, byte[] source, int from, int count);
}
