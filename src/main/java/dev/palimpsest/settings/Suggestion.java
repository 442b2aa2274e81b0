package dev.palimpsest.settings;

import java.util.Collection;

/// The name that a mistyped one was probably meant to be.
public final class Suggestion {

    private Suggestion() {}

    /// `" Did you mean 'rank'?"`, or nothing where no known name is near.
    public static String of(String mistyped, Collection<String> known) {
        var best = "";
        var bestDistance = Math.max(2, mistyped.length() / 3) + 1;
        for (String name : known) {
            var distance = distance(mistyped, name);
            if (distance < bestDistance && distance < Math.min(name.length(), mistyped.length())) {
                best = name;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? "" : " Did you mean '%s'?".formatted(best);
    }

    /// Levenshtein's distance: insertions, deletions and replacements that make one text of the other.
    static int distance(String left, String right) {
        var above = new int[right.length() + 1];
        for (int j = 0; j <= right.length(); j++) {
            above[j] = j;
        }
        for (int i = 1; i <= left.length(); i++) {
            var row = new int[right.length() + 1];
            row[0] = i;
            for (int j = 1; j <= right.length(); j++) {
                int replaced = above[j - 1] + (left.charAt(i - 1) == right.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(replaced, Math.min(above[j], row[j - 1]) + 1);
            }
            above = row;
        }
        return above[right.length()];
    }
}
