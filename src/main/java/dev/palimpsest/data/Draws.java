package dev.palimpsest.data;

/// SplitMix64: numbers that are the same on every machine and in every release of the JDK.
/// Not for several threads.
final class Draws {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    Draws(long seed) {
        state = seed;
    }

    /// Spreads the bits of a number; equal numbers give equal results, neighbours unlike ones.
    static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /// A number of 0..bound-1. Draws again where the remainder would favour small numbers.
    int nextInt(int bound) {
        long bits = nextLong() >>> 1;
        long result = bits % bound;
        while (bits - result + (bound - 1) < 0) {
            bits = nextLong() >>> 1;
            result = bits % bound;
        }
        return (int) result;
    }

    /// A number of [0, 1).
    double nextDouble() {
        return (nextLong() >>> 11) * 0x1p-53;
    }

    double between(double low, double high) {
        return low + (high - low) * nextDouble();
    }
}
