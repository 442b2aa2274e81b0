package dev.palimpsest.methods;

import dev.palimpsest.model.AdapterSettings;
import dev.palimpsest.model.Site;
import dev.palimpsest.model.VitShape;
import dev.palimpsest.settings.Fault;
import dev.palimpsest.settings.Setting;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The settings of adapters, which stand among those of every method that has some.
public record AdapterChoice(
        @Setting(
                minItems = 1,
                defaultValue = "[\"q\",\"k\",\"v\",\"out\",\"fc1\",\"fc2\"]",
                value = "Matrices that get adapters.")
        Set<Site> sites,

        @Setting(min = 1, defaultValue = "null", value = "Adapters in the first so many blocks; null for all.")
        @Nullable
        Integer blockCount,

        @Setting(min = 1, max = 256, defaultValue = "16", value = "Inner size of an adapter.")
        int rank,

        @Setting(exclusiveMin = 0, defaultValue = "null", value = "Factor on B A; null is 1 / rank.") @Nullable
        Double scale) {

    public AdapterChoice {
        sites = Site.ordered(sites);
    }

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
