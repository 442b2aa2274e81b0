package dev.palimpsest.model;

import java.util.List;

/// What a finished task leaves beside the adapters and heads.
///
/// @param omega past coefficients, one entry for each past adapter; empty if none trained
/// @param sensitivity smoothed importance of each site, 0 if none was collected
/// @param uncertainty smoothed deviation of it
public record SessionResult(List<SiteValues> omega, SiteValues sensitivity, SiteValues uncertainty) {}
