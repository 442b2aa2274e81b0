package dev.palimpsest.model;

import java.util.ArrayList;
import java.util.List;

/// Block and matrix where an adapter sits.
///
/// @param block index from 0
public record AdapterSite(int block, Site matrix) {

    /// All sites of a network, block after block.
    static List<AdapterSite> all(int depth) {
        List<AdapterSite> all = new ArrayList<>();
        for (int block = 0; block < depth; block++) {
            for (Site matrix : Site.values()) {
                all.add(new AdapterSite(block, matrix));
            }
        }
        return all;
    }

    /// Sites of one input group share their input rows: q, k and v of a block are one group.
    public int inputGroup() {
        return block * Site.STACKS + matrix.stack();
    }
}
