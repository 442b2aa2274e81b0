package dev.palimpsest.experiments;

import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.results.JobScenarios;
import java.util.Optional;
import java.util.UUID;
import org.springframework.stereotype.Component;

/// The scenarios of jobs, from their sheets.
@Component
record SheetScenarios(JobSheetRepository sheets) implements JobScenarios {

    @Override
    public Optional<Scenario> of(UUID jobId) {
        return sheets.findById(jobId).map(JobSheet::scenario);
    }
}
