package dev.palimpsest.methods;

import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.settings.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The adapter settings that methods share, before the network is known.
///
/// @param blockCount adapters in the first so many blocks; null is all
/// @param scale factor on B A; null is 1 / rank
public record AdapterChoice(
        Set<Site> sites,
        @Nullable Integer blockCount,
        int rank,
        @Nullable Double scale) {

    public AdapterSettings on(VitShape shape) {
        return new AdapterSettings(
                rank, sites, blockCount == null ? shape.depth() : blockCount, scale == null ? 1.0 / rank : scale);
    }

    List<Fault> faults(VitShape shape) {
        List<Fault> faults = new ArrayList<>();
        if (blockCount != null && blockCount > shape.depth()) {
            faults.add(new Fault(
                    "out_of_range",
                    "block_count",
                    "block_count must be 1..%d, got %d.".formatted(shape.depth(), blockCount)));
        }
        int smallest = sites.stream()
                .mapToInt(site -> Math.min(shape.in(site), shape.out(site)))
                .min()
                .orElse(rank);
        if (rank > smallest) {
            faults.add(new Fault(
                    "out_of_range",
                    "rank",
                    "rank must be 1..%d, the smaller side of the chosen matrices, got %d.".formatted(smallest, rank)));
        }
        return faults;
    }
}
