package dev.palimpsest.web;

import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobEvent;
import dev.palimpsest.settings.Ids;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that happened to a job, as it is answered and streamed.
record EventBody(
        String object,
        String id,
        String jobId,
        String experimentId,
        long sequence,
        String type,
        String level,
        @Nullable Integer attempt,
        Instant createdAt,
        String message,
        Map<String, @Nullable Object> data) {

    static EventBody of(JobEvent event, Job job) {
        return new EventBody(
                "event",
                Ids.event(event.id()),
                Ids.job(event.jobId()),
                Ids.experiment(job.experimentId()),
                event.sequence(),
                event.type(),
                event.level().wire(),
                event.attempt().orElse(null),
                event.createdAt(),
                event.message(),
                event.data());
    }
}
