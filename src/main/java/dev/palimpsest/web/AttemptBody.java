package dev.palimpsest.web;

import dev.palimpsest.http.Wire;
import dev.palimpsest.jobs.Attempt;
import dev.palimpsest.settings.Ids;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One execution of a job as it is answered.
record AttemptBody(
        String object,
        int number,
        String workerId,
        String device,
        String deviceName,
        @Nullable String resumedFromCheckpointId,
        Instant startedAt,
        @Nullable Instant endedAt,
        Instant lastHeartbeatAt,
        @Nullable String endReason,
        @Nullable String precision,
        @Nullable Long peakDeviceBytes,
        @Nullable Long peakHostBytes,
        JobBody.@Nullable ErrorBody error) {

    static AttemptBody of(Attempt attempt) {
        return new AttemptBody(
                "attempt",
                attempt.number(),
                Ids.worker(attempt.workerId()),
                attempt.device(),
                attempt.deviceName(),
                Wire.text(attempt.resumedFromCheckpointId().orElse(null), Ids.CHECKPOINT),
                attempt.startedAt(),
                attempt.endedAt().orElse(null),
                attempt.lastHeartbeatAt(),
                attempt.endReason().orElse(null),
                attempt.precision().orElse(null),
                attempt.peakDeviceBytes().orElse(null),
                attempt.peakHostBytes().orElse(null),
                attempt.error().map(JobBody.ErrorBody::of).orElse(null));
    }
}
