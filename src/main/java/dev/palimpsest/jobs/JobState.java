package dev.palimpsest.jobs;

import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Where a job stands, and where it may go from there.
///
/// The switches have no default, so that a new state is a list of compile errors.
public enum JobState {
    QUEUED,
    STARTING,
    RUNNING,
    PAUSING,
    PAUSED,
    CANCELLING,
    SUCCEEDED,
    FAILED,
    CANCELLED;

    public boolean mayBecome(JobState next) {
        return successors().contains(next);
    }

    /// Whether an attempt holds the job in this state.
    public boolean held() {
        return switch (this) {
            case STARTING, RUNNING, PAUSING, CANCELLING -> true;
            case QUEUED, PAUSED, SUCCEEDED, FAILED, CANCELLED -> false;
        };
    }

    /// Whether the job has ended for good; such a state never changes.
    public boolean finished() {
        return switch (this) {
            case SUCCEEDED, FAILED, CANCELLED -> true;
            case QUEUED, STARTING, RUNNING, PAUSING, PAUSED, CANCELLING -> false;
        };
    }

    /// What a person may ask of a job in this state, in a fixed order.
    public List<String> allowedActions() {
        return switch (this) {
            case PAUSING -> List.of("cancel");
            case QUEUED, STARTING, RUNNING -> List.of("cancel", "pause");
            case PAUSED -> List.of("cancel", "resume");
            case FAILED, CANCELLED -> List.of("retry");
            case CANCELLING, SUCCEEDED -> List.of();
        };
    }

    /// The word for this state on the wire.
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    private Set<JobState> successors() {
        return switch (this) {
            case QUEUED -> EnumSet.of(STARTING, PAUSED, CANCELLED);
            case STARTING -> EnumSet.of(RUNNING, QUEUED, PAUSING, CANCELLING, FAILED);
            case RUNNING -> EnumSet.of(SUCCEEDED, QUEUED, PAUSING, CANCELLING, FAILED);
            case PAUSING -> EnumSet.of(PAUSED, SUCCEEDED, CANCELLING, FAILED);
            case CANCELLING -> EnumSet.of(CANCELLED);
            case PAUSED -> EnumSet.of(QUEUED, CANCELLED);
            case SUCCEEDED, FAILED, CANCELLED -> EnumSet.noneOf(JobState.class);
        };
    }
}
