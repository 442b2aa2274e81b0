package dev.palimpsest.model;

import java.util.ArrayList;
import java.util.List;

/// Which adapters count and how much: `W = W0 + sum over adapters j of coefficient_j * B_j A_j` at every
/// site.
///
/// @param coefficients one entry for each adapter in task order; adapters beyond the list count 0
public record AdapterView(List<SiteValues> coefficients) {

    public static final AdapterView NONE = new AdapterView(List.of());

    public AdapterView {
        coefficients = List.copyOf(coefficients);
    }

    /// The first `count` adapters with the same coefficients.
    public static AdapterView first(int count, SiteValues each) {
        List<SiteValues> all = new ArrayList<>();
        for (int j = 0; j < count; j++) {
            all.add(each);
        }
        return new AdapterView(all);
    }

    /// Whether the view is the backbone alone.
    public boolean empty() {
        return coefficients.stream().allMatch(SiteValues::zero);
    }
}
