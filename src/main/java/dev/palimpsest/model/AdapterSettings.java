package dev.palimpsest.model;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Where adapters sit and how large they are.
///
/// @param rank inner size r of A (rank x in) and B (out x rank)
/// @param blocks adapters in the first so many blocks
/// @param scale factor on B A, one number
public record AdapterSettings(int rank, Set<Site> sites, int blocks, double scale) {

    public AdapterSettings {
        sites = Site.ordered(sites);
        if (rank < 1) {
            throw new IllegalArgumentException("rank must be at least 1, got " + rank);
        }
    }

    public boolean has(AdapterSite site) {
        return site.block() < blocks && sites.contains(site.matrix());
    }

    /// 1 where an adapter sits, else 0.
    public SiteValues mask(int depth) {
        return SiteValues.of(depth, site -> has(site) ? 1 : 0);
    }

    /// The scale where an adapter sits, else 0: what an adapter counts unless a method says otherwise.
    public SiteValues scales(int depth) {
        return mask(depth).map(one -> scale * one);
    }

    /// All sites with an adapter, block after block.
    public List<AdapterSite> all() {
        List<AdapterSite> result = new ArrayList<>();
        for (int block = 0; block < blocks; block++) {
            for (Site matrix : Site.values()) {
                if (sites.contains(matrix)) {
                    result.add(new AdapterSite(block, matrix));
                }
            }
        }
        return result;
    }

    boolean adaptsStack(int stack) {
        return sites.stream().anyMatch(site -> site.stack() == stack);
    }
}
