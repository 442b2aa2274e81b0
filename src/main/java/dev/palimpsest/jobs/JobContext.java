package dev.palimpsest.jobs;

import java.util.UUID;
import java.util.function.Consumer;

/// What a handler is given: the job, a place to run, the stop request, and fenced writes.
///
/// [#stop()] and [#progress(Progress)] are for any thread and cost nothing; the others are for the thread of
/// the attempt and go to the database.
public interface JobContext {

    /// The job as it was when the attempt started.
    Job job();

    /// Number of this attempt, from 1.
    int attempt();

    UUID workerId();

    Device device();

    /// What is asked of the attempt; to be read between two steps.
    StopAsk stop();

    /// Model and data are in memory: the job becomes `running`.
    ///
    /// @throws FencedException if another attempt owns the job
    void running();

    /// Says how far the attempt is. Written about once a second, not here.
    void progress(Progress reached);

    /// Runs the writes in one transaction under the job's row lock, if this attempt still holds the job.
    ///
    /// @throws FencedException if it does not; nothing is written then
    void write(Consumer<FencedWrite> writes);
}
