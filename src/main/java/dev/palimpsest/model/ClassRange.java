package dev.palimpsest.model;

/// The rows of the classifier that a task owns.
public record ClassRange(int first, int count) {

    public ClassRange {
        if (first < 0 || count < 1) {
            throw new IllegalArgumentException(
                    "a class range needs first >= 0 and count >= 1, got " + first + ", " + count);
        }
    }

    public int end() {
        return first + count;
    }
}
