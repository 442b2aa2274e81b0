package dev.palimpsest.compare;

import dev.palimpsest.metrics.PairedDifference;
import org.jspecify.annotations.Nullable;

/// Two arms over the seeds that both have.
///
/// @param a place of the first arm, from 0
/// @param b place of the second; differences are those of a less b
/// @param adjusted p of the paired t test after Holm over all pairs of arms; null with it
/// @param signFlip p of the exact test; null where there is none
/// @param signFlipAdjusted the same after Holm
/// @param equivalence null where no margin is named or the differences have no spread
public record PairComparison(
        int a,
        int b,
        PairedDifference difference,
        @Nullable Double adjusted,
        @Nullable Double signFlip,
        @Nullable Double signFlipAdjusted,
        @Nullable Equivalence equivalence,
        Verdict verdict) {}
