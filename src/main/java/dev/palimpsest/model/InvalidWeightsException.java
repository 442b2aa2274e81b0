package dev.palimpsest.model;

import java.util.List;

/// A weights file that does not hold the network it should.
public final class InvalidWeightsException extends RuntimeException {

    private final transient List<String> faults;

    InvalidWeightsException(List<String> faults) {
        super(String.join("; ", faults));
        this.faults = List.copyOf(faults);
    }

    /// One sentence for each tensor, naming it.
    public List<String> faults() {
        return faults;
    }
}
