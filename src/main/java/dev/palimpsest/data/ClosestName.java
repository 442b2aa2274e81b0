package dev.palimpsest.data;

import java.util.List;

/// Finds what a person may have meant by a mistyped name.
final class ClosestName {

    private ClosestName() {}

    static SplitException.Fault unknownClass(String param, String name, List<String> labels) {
        return new SplitException.Fault(
                "unknown_class", param, "The data set has no class '%s'.%s".formatted(name, suggestion(name, labels)));
    }

    /// ` Did you mean 'x'?`, or nothing where no name is near.
    static String suggestion(String name, List<String> known) {
        int allowed = Math.max(1, name.length() / 3);
        String best = "";
        int least = allowed + 1;
        for (String candidate : known) {
            int distance = distance(name, candidate);
            if (distance < least) {
                least = distance;
                best = candidate;
            }
        }
        return least > allowed ? "" : " Did you mean '%s'?".formatted(best);
    }

    /// Levenshtein's: insertions, deletions and replacements.
    private static int distance(String a, String b) {
        int[] row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
