package dev.palimpsest.metrics;

import org.jspecify.annotations.Nullable;

/// How the same images were decided twice: before and now, in two rows of one run or of two.
///
/// @param negative right before, wrong now
/// @param positive wrong before, right now
public record Flips(int bothRight, int bothWrong, int negative, int positive) {

    public static final Flips NONE = new Flips(0, 0, 0, 0);

    public Flips with(boolean before, boolean now) {
        if (before) {
            return now
                    ? new Flips(bothRight + 1, bothWrong, negative, positive)
                    : new Flips(bothRight, bothWrong, negative + 1, positive);
        }
        return now
                ? new Flips(bothRight, bothWrong, negative, positive + 1)
                : new Flips(bothRight, bothWrong + 1, negative, positive);
    }

    public Flips plus(Flips other) {
        return new Flips(
                bothRight + other.bothRight,
                bothWrong + other.bothWrong,
                negative + other.negative,
                positive + other.positive);
    }

    /// Images that were decided both times.
    public int images() {
        return bothRight + bothWrong + negative + positive;
    }

    /// Percent of the images; null without any.
    public @Nullable Double negativeRate() {
        return rate(negative);
    }

    /// Percent of the images; null without any.
    public @Nullable Double positiveRate() {
        return rate(positive);
    }

    private @Nullable Double rate(int flips) {
        return images() == 0 ? null : 100.0 * flips / images();
    }
}
