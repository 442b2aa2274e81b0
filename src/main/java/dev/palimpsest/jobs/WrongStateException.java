package dev.palimpsest.jobs;

import java.util.List;
import java.util.UUID;

/// The job is in a state that does not allow the action. Carries what a client needs to decide.
public final class WrongStateException extends RuntimeException {

    private final UUID id;
    private final JobState state;
    private final boolean alreadyFinished;

    WrongStateException(Job job, String action) {
        super(sentence(job, action));
        this.id = job.id();
        this.state = job.state();
        this.alreadyFinished = action.equals("cancel") && job.state().finished();
    }

    private static String sentence(Job job, String action) {
        String since = job.finishedAt().map(at -> " since " + at).orElse("");
        return "Job " + Ids.job(job.id()) + " is " + job.state().wire() + since + "; it cannot " + action + ".";
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
