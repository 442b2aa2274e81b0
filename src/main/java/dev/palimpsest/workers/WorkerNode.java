package dev.palimpsest.workers;

import dev.palimpsest.jobs.Device;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// A node that runs jobs, once for each start of its process.
@Entity
@Table(name = "workers")
public class WorkerNode {

    /// One place for a job on a worker, stored as JSON.
    ///
    /// @param slot index within the pool, from 0
    public record Slot(String pool, int slot, Device device) {}

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private String node = "";
    private String release = "";
    private String engine = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private List<Slot> slots = List.of();

    private boolean draining;
    private boolean shortOfStorage;
    private Instant startedAt = Instant.EPOCH;
    private Instant seenAt = Instant.EPOCH;
    private @Nullable Instant lostAt;
    private @Nullable Instant stoppedAt;

    protected WorkerNode() {}

    WorkerNode(UUID id, String node, String release, String engine, List<Slot> slots, Instant now) {
        this.id = id;
        this.node = node;
        this.release = release;
        this.engine = engine;
        this.slots = List.copyOf(slots);
        this.startedAt = now;
        this.seenAt = now;
    }

    void seen(Instant now, boolean nowShortOfStorage) {
        seenAt = now;
        shortOfStorage = nowShortOfStorage;
        lostAt = null;
    }

    void lost(Instant now) {
        lostAt = now;
    }

    void drain() {
        draining = true;
    }

    void stop(Instant now) {
        seenAt = now;
        stoppedAt = now;
    }

    public WorkerState state(Instant now, Duration lostAfter) {
        if (stoppedAt != null) {
            return WorkerState.STOPPED;
        }
        if (lostAt != null || seenAt.plus(lostAfter).isBefore(now)) {
            return WorkerState.LOST;
        }
        return draining ? WorkerState.DRAINING : WorkerState.ONLINE;
    }

    /// Takes nothing from the queue, because it has nowhere to store what would come of it.
    public boolean shortOfStorage() {
        return shortOfStorage;
    }

    public UUID id() {
        return id;
    }

    public String node() {
        return node;
    }

    /// Version of the service that runs there.
    public String release() {
        return release;
    }

    public String engine() {
        return engine;
    }

    public List<Slot> slots() {
        return slots;
    }

    public Instant startedAt() {
        return startedAt;
    }

    public Instant seenAt() {
        return seenAt;
    }
}
