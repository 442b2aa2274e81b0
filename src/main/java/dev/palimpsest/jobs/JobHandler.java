package dev.palimpsest.jobs;

/// Runs the payload of a job.
public interface JobHandler {

    /// Works until the payload is done or a stop is asked, on a thread of the device pool.
    ///
    /// An exception ends the attempt with `internal_error`, which is tried once more. [FencedException] and
    /// [InterruptedException] are to be let through.
    AttemptEnd run(JobContext context) throws Exception;
}
