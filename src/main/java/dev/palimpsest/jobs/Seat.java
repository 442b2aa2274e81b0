package dev.palimpsest.jobs;

import java.util.UUID;

/// Where an attempt runs.
///
/// @param node name of the worker for messages
/// @param slot index within the pool, from 0
public record Seat(UUID worker, String node, int slot, Device device) {}
