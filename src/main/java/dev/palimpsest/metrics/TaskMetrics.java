package dev.palimpsest.metrics;

import org.jspecify.annotations.Nullable;

/// What became of one task; percent and points, null where a needed cell has no count or no later row exists.
///
/// @param task counts from 1
/// @param learned a[j,j]
/// @param bestBefore the best row since it was learned, without the last
/// @param now a[T,j]
/// @param interval95 Wilson's interval of `now`
public record TaskMetrics(
        int task,
        @Nullable Double learned,
        @Nullable Double bestBefore,
        @Nullable Double now,
        @Nullable Double forgetting,
        @Nullable Double backwardTransfer,
        @Nullable Interval interval95) {}
