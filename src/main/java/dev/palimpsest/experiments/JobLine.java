package dev.palimpsest.experiments;

import dev.palimpsest.jobs.JobState;
import java.util.UUID;

/// A job of an experiment as the experiment shows it.
///
/// @param started whether an attempt at it was ever made
/// @param retried whether another job has taken its place
public record JobLine(
        UUID id, UUID experimentId, int ordinal, long seed, JobState state, boolean started, boolean retried) {}
