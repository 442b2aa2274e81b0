package dev.palimpsest.results;

import dev.palimpsest.metrics.Scenario;
import java.util.Optional;
import java.util.UUID;

/// What the plan of a job says of its labels; whoever keeps plans answers.
@FunctionalInterface
public interface JobScenarios {

    /// Empty if there is no such job.
    Optional<Scenario> of(UUID jobId);
}
