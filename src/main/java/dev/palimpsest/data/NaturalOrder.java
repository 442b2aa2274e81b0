package dev.palimpsest.data;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// The order of labels: by name, or by number where all names are numbers (so 10 comes after 9).
final class NaturalOrder {

    private NaturalOrder() {}

    static List<String> of(Collection<String> names) {
        boolean numbers = names.stream().allMatch(name -> name.matches("\\d+"));
        List<String> sorted = new ArrayList<>(names);
        sorted.sort(
                numbers
                        ? Comparator.comparing((String name) -> new BigInteger(name))
                                .thenComparing(Comparator.naturalOrder())
                        : Comparator.naturalOrder());
        return sorted;
    }
}
