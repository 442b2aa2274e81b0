package dev.palimpsest.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which adapters count and how much, and what is added beside them: `W = W0 + sum over adapters j of
/// coefficient_j * B_j A_j + dense` at every site.
///
/// @param coefficients one entry for each adapter in task order; adapters beyond the list count 0
/// @param dense a change that is no sum of adapters, or null; whoever made it closes it
public record AdapterView(
        List<SiteValues> coefficients, @Nullable DenseChange dense) {

    public static final AdapterView NONE = new AdapterView(List.of());

    public AdapterView {
        coefficients = List.copyOf(coefficients);
    }

    /// Adapters and nothing beside them.
    public AdapterView(List<SiteValues> coefficients) {
        this(coefficients, null);
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
        return dense == null && coefficients.stream().allMatch(SiteValues::zero);
    }
}
