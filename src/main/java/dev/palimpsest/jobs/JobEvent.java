package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// Something that happened to a job, numbered without gaps from 1.
@Entity
@Immutable
@Table(name = "job_events")
public class JobEvent {

    @Id
    private UUID id = new UUID(0, 0);

    private UUID jobId = new UUID(0, 0);
    private long sequence;
    private String type = "";

    @Enumerated(EnumType.STRING)
    private EventLevel level = EventLevel.INFO;

    private @Nullable Integer attempt;
    private Instant createdAt = Instant.EPOCH;
    private String message = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, @Nullable Object> data = Map.of();

    protected JobEvent() {}

    JobEvent(
            Job job,
            String type,
            EventLevel level,
            String message,
            Map<String, ? extends @Nullable Object> data,
            Instant now) {
        this.id = Ids.next();
        this.jobId = job.id();
        this.sequence = job.nextEvent();
        this.type = type;
        this.level = level;
        this.attempt = job.attempt() == 0 ? null : job.attempt();
        this.createdAt = now;
        this.message = message;
        this.data = new LinkedHashMap<>(data);
    }

    public UUID id() {
        return id;
    }

    public UUID jobId() {
        return jobId;
    }

    public long sequence() {
        return sequence;
    }

    public String type() {
        return type;
    }

    public EventLevel level() {
        return level;
    }

    /// The attempt it happened in; empty before the first.
    public Optional<Integer> attempt() {
        return Optional.ofNullable(attempt);
    }

    public Instant createdAt() {
        return createdAt;
    }

    public String message() {
        return message;
    }

    /// In the form of the wire: snake case, tasks from 1.
    public Map<String, @Nullable Object> data() {
        return data;
    }
}
