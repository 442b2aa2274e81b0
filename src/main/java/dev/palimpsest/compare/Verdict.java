package dev.palimpsest.compare;

/// What a comparison says of two arms, and why.
///
/// @param why one sentence with the numbers that decide
public record Verdict(Kind kind, String why) {

    public enum Kind {
        /// The first arm is better than the second.
        BETTER,
        /// The first arm is worse than the second.
        WORSE,
        /// They differ by less than the margin.
        EQUIVALENT,
        /// The seeds do not tell.
        UNDECIDED
    }
}
