package dev.palimpsest.model;

import java.util.List;

/// What a finished task leaves beside what is in the network.
public sealed interface SessionResult {

    /// Everything is in the network, or nothing trained.
    record InNetwork() implements SessionResult {}

    /// Of a task in which an adapter trained.
    ///
    /// @param omega past coefficients, one entry for each past adapter; empty if none took part
    /// @param sensitivity smoothed importance of each site, 0 if none was collected
    /// @param uncertainty smoothed deviation of it
    record OfAdapter(List<SiteValues> omega, SiteValues sensitivity, SiteValues uncertainty) implements SessionResult {
        public OfAdapter {
            omega = List.copyOf(omega);
        }
    }
}
