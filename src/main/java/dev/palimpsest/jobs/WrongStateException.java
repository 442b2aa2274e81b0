package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import java.util.List;
import java.util.UUID;

/// The job is in a state that does not allow the action. Carries what a client needs to decide.
public final class WrongStateException extends RuntimeException {

    private final UUID id;
    private final JobState state;
    private final boolean alreadyFinished;

    /// @param asked what was to happen to the job, as `cancelled`
    WrongStateException(Job job, String asked) {
        super(sentence(job, asked));
        this.id = job.id();
        this.state = job.state();
        this.alreadyFinished = asked.equals("cancelled") && job.state().finished();
    }

    private static String sentence(Job job, String asked) {
        String is = job.state() == JobState.CANCELLED
                ? "was cancelled"
                : job.state().wire();
        String stands = job.finishedAt()
                .map(at -> is + " at " + at)
                .orElse("is " + job.state().wire());
        return "Job " + Ids.job(job.id()) + " " + stands + " and cannot be " + asked + ".";
    }

    public UUID id() {
        return id;
    }

    public JobState state() {
        return state;
    }

    public List<String> allowedActions() {
        return state.allowedActions();
    }

    /// Whether a job that has ended was asked to end, which has an error code of its own.
    public boolean alreadyFinished() {
        return alreadyFinished;
    }
}
