package dev.palimpsest.model;

/// Block and matrix where an adapter sits.
///
/// @param block index from 0
public record AdapterSite(int block, Site matrix) {

    /// Sites of one input group share their input rows: q, k and v of a block are one group.
    public int inputGroup() {
        return block * Site.STACKS + matrix.stack();
    }
}
