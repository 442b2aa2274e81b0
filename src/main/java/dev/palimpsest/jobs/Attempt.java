package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// One execution of a job on one worker. It is running until it has an end reason.
@Entity
@Table(name = "attempts")
@DynamicUpdate
public class Attempt {

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private UUID jobId = new UUID(0, 0);
    private int number;
    private UUID workerId = new UUID(0, 0);
    private int slot;
    private String device = "";
    private String deviceName = "";
    private @Nullable UUID resumedFromCheckpointId;
    private Instant startedAt = Instant.EPOCH;
    private Instant lastHeartbeatAt = Instant.EPOCH;
    private @Nullable Instant endedAt;
    private @Nullable String endReason;
    private @Nullable String error;
    private @Nullable String precision;
    private @Nullable Long peakDeviceBytes;
    private @Nullable Long peakHostBytes;

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, @Nullable Object> environment = Map.of();

    protected Attempt() {}

    Attempt(Job job, Seat seat, Instant now) {
        this.id = Ids.next();
        this.jobId = job.id();
        this.number = job.attempt();
        this.workerId = seat.worker();
        this.slot = seat.slot();
        this.device = seat.device().kind();
        this.deviceName = seat.device().name();
        this.resumedFromCheckpointId = job.goesOnFrom().orElse(null);
        this.startedAt = now;
        this.lastHeartbeatAt = now;
    }

    void beat(Instant now) {
        lastHeartbeatAt = now;
    }

    /// @param reason a status reason or one of `FINISHED`, `PAUSED`, `CANCELLED`
    void end(String reason, @Nullable String detail, Instant now) {
        endedAt = now;
        endReason = reason;
        error = detail;
    }

    void runsIn(Map<String, ? extends @Nullable Object> description, String decidedPrecision) {
        environment = new LinkedHashMap<>(description);
        precision = decidedPrecision;
    }

    /// Peaks only grow; empty leaves what is known.
    void peaks(@Nullable Long deviceBytes, @Nullable Long hostBytes) {
        peakDeviceBytes = larger(peakDeviceBytes, deviceBytes);
        peakHostBytes = larger(peakHostBytes, hostBytes);
    }

    private static @Nullable Long larger(@Nullable Long known, @Nullable Long seen) {
        if (known == null || seen == null) {
            return known == null ? seen : known;
        }
        return Math.max(known, seen);
    }

    public UUID id() {
        return id;
    }

    public UUID jobId() {
        return jobId;
    }

    /// Counts from 1.
    public int number() {
        return number;
    }

    public UUID workerId() {
        return workerId;
    }

    public int slot() {
        return slot;
    }

    public String device() {
        return device;
    }

    public String deviceName() {
        return deviceName;
    }

    public Optional<UUID> resumedFromCheckpointId() {
        return Optional.ofNullable(resumedFromCheckpointId);
    }

    public Instant startedAt() {
        return startedAt;
    }

    public Instant lastHeartbeatAt() {
        return lastHeartbeatAt;
    }

    public Optional<Instant> endedAt() {
        return Optional.ofNullable(endedAt);
    }

    /// Why the attempt ended, as on the wire: `finished`, `paused`, `cancelled` or a status reason.
    public Optional<String> endReason() {
        return Optional.ofNullable(endReason).map(reason -> reason.toLowerCase(Locale.ROOT));
    }

    /// What went wrong; empty unless the attempt failed.
    public Optional<JobError> error() {
        if (error == null || endReason == null) {
            return Optional.empty();
        }
        StatusReason code = StatusReason.valueOf(endReason);
        return Optional.of(new JobError(code, error, number, code.retryable()));
    }

    public Optional<String> precision() {
        return Optional.ofNullable(precision);
    }

    public Optional<Long> peakDeviceBytes() {
        return Optional.ofNullable(peakDeviceBytes);
    }

    public Optional<Long> peakHostBytes() {
        return Optional.ofNullable(peakHostBytes);
    }

    /// Versions, device, threads and kernels, as the reproduction record shows them.
    public Map<String, @Nullable Object> environment() {
        return environment;
    }
}
