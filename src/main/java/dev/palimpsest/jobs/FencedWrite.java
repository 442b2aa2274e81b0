package dev.palimpsest.jobs;

import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// What an attempt may write about itself inside a fenced transaction; rows of other rooms go through their
/// own repositories meanwhile and are committed with it.
public interface FencedWrite {

    /// The job as it is stored now, with its row locked.
    Job job();

    /// Appends an event.
    ///
    /// @param type as `epoch.completed`
    /// @param message one sentence for a person
    /// @param data in the form of the wire
    void event(String type, EventLevel level, String message, Map<String, ? extends @Nullable Object> data);

    /// Says what the attempt is doing, as `training`.
    void phase(String name);

    /// Says how far the attempt is, together with the rows that are written here.
    void progress(Progress reached);

    /// Names the checkpoint that the next attempt begins with.
    void latestCheckpoint(UUID checkpoint);

    /// Notes what the attempt runs in, and the precision, which stays with the job from its first attempt on.
    void environment(Map<String, ? extends @Nullable Object> description, String precision);

    /// Notes the largest memory seen so far; empty where it is not known.
    void peaks(@Nullable Long deviceBytes, @Nullable Long hostBytes);
}
