package dev.palimpsest.runs;

import dev.palimpsest.results.MergeDrafts;
import java.util.UUID;
import org.springframework.stereotype.Component;

/// Which merges are being written, by their rows.
@Component
class RunningMerges implements MergeDrafts {

    private final MergeRepository merges;

    RunningMerges(MergeRepository merges) {
        this.merges = merges;
    }

    @Override
    public boolean writing(UUID mergeId, int attempt) {
        return merges.findById(mergeId)
                .map(merge -> merge.state() == OperationState.RUNNING && merge.attempts() == attempt)
                .orElse(false);
    }
}
