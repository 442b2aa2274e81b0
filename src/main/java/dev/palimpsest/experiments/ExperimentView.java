package dev.palimpsest.experiments;

import dev.palimpsest.jobs.JobState;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/// An experiment with its jobs; its state is derived from theirs and never stored.
///
/// @param jobs in the order of the seeds, retries after what they retry
public record ExperimentView(Experiment experiment, List<JobLine> jobs) {

    /// What `status` may be.
    public static final List<String> STATUSES =
            List.of("queued", "running", "paused", "succeeded", "failed", "cancelled");

    public ExperimentView {
        jobs = List.copyOf(jobs);
    }

    public String status() {
        boolean unfinished = any(job -> !job.state().finished());
        if (unfinished && any(JobLine::started)) {
            return "running";
        }
        if (any(job -> job.state() == JobState.QUEUED)) {
            return "queued";
        }
        if (unfinished) {
            return "paused";
        }
        if (any(job -> job.state() == JobState.FAILED)) {
            return "failed";
        }
        return any(job -> job.state() == JobState.CANCELLED) ? "cancelled" : "succeeded";
    }

    /// How many jobs are in which state.
    public Map<String, Integer> jobCounts() {
        Map<String, Integer> counts = new TreeMap<>();
        jobs.forEach(job -> counts.merge(job.state().wire(), 1, Integer::sum));
        return counts;
    }

    /// A job that was retried speaks through its successor.
    private boolean any(Predicate<JobLine> what) {
        return jobs.stream().filter(job -> !job.retried()).anyMatch(what);
    }
}
