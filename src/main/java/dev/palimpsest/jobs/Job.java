package dev.palimpsest.jobs;

import dev.palimpsest.settings.Ids;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.DynamicUpdate;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// One seed at one grid point: the thing in the queue, with a state that refuses wrong moves.
///
/// Four counters, four meanings. `entry` grows with each place in the queue and names the present one;
/// `attempt` grows with each start and is the fence of what that attempt writes; `lease` is the version of
/// the scheduler's row at the last start, by which the loss of exactly that attempt is told; `failures` is
/// what the limit is compared with, so that a pause or a hand-back costs nothing.
///
/// Whoever moves a job holds its row lock. Fields have values from the start because JPA's constructor leaves
/// them to be set by reflection; only changed columns are written, since the payload is large.
///
/// Longer than 350 lines: a column, its accessor and the moves that guard it stay together.
@Entity
@Table(name = "jobs")
@DynamicUpdate
public class Job {

    @Id
    private UUID id = new UUID(0, 0);

    /// Empty until the first save: that is how Spring Data tells a new row from a stored one when ids are
    /// ours.
    @Version
    private @Nullable Integer version;

    private UUID experimentId = new UUID(0, 0);
    private int ordinal;
    private String name = "";
    private String owner = "";
    private String pool = "";
    private int priority;
    private long seed;
    private String precision = "";
    private String fingerprint = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private String payload = "{}";

    @Enumerated(EnumType.STRING)
    private JobState state = JobState.QUEUED;

    @Enumerated(EnumType.STRING)
    private @Nullable StatusReason statusReason;

    private @Nullable String statusMessage;
    private @Nullable String phase;

    @JdbcTypeCode(SqlTypes.JSON)
    private List<StatusTransition> transitions = new ArrayList<>();

    private long lastEvent;

    private int entry;
    private int attempt;
    private long lease;
    private int failures;
    private int maxFailures = 1;
    private @Nullable Long maxSeconds;
    private double deviceSeconds;

    private @Nullable Instant queuedAt;
    private @Nullable Instant notBefore;
    private Instant createdAt = Instant.EPOCH;
    private @Nullable Instant startedAt;
    private @Nullable Instant finishedAt;

    private @Nullable UUID retryOf;
    private @Nullable UUID retriedBy;
    private @Nullable UUID resumeCheckpointId;
    private @Nullable UUID latestCheckpointId;

    @Embedded
    private @Nullable Progress progress;

    protected Job() {}

    Job(UUID id, NewJob asked, Instant now) {
        this.id = id;
        this.experimentId = asked.experimentId();
        this.ordinal = asked.ordinal();
        this.name = asked.name();
        this.owner = asked.owner();
        this.pool = asked.pool();
        this.priority = asked.priority();
        this.seed = asked.seed();
        this.precision = asked.precision();
        this.fingerprint = asked.fingerprint();
        this.payload = asked.payload();
        this.maxFailures = asked.maxFailures();
        this.maxSeconds = asked.maxSeconds();
        this.createdAt = now;
        recordTransition(now);
    }

    /// The same work once more, because this job failed or was cancelled; history is not rewritten.
    ///
    /// @param fromStart false to go on from the newest checkpoint
    Job retry(UUID newId, boolean fromStart, Instant now) {
        var again = new Job(
                newId,
                new NewJob(
                        experimentId,
                        ordinal,
                        name,
                        owner,
                        pool,
                        priority,
                        seed,
                        precision,
                        fingerprint,
                        payload,
                        maxFailures,
                        maxSeconds),
                now);
        again.retryOf = id;
        again.resumeCheckpointId = fromStart ? null : goesOnFrom().orElse(null);
        retriedBy = newId;
        return again;
    }

    void become(JobState next, Instant now) {
        become(next, null, null, now);
    }

    /// Moves to the next state and notes when and why.
    ///
    /// @throws IllegalStateException if the job may not go there from where it is
    void become(JobState next, @Nullable StatusReason reason, @Nullable String message, Instant now) {
        if (!state.mayBecome(next)) {
            throw new IllegalStateException(
                    "Job " + Ids.job(id) + " is " + state.wire() + " and cannot become " + next.wire());
        }
        state = next;
        statusReason = reason;
        statusMessage = message;
        recordTransition(now);
        if (!next.held()) {
            phase = null;
        }
        if (next.finished()) {
            finishedAt = now;
        }
        if (next == JobState.SUCCEEDED && progress != null) {
            progress = progress.complete();
        }
    }

    /// Takes a new place in the queue. A job that comes back after a loss or a hand-back keeps the time since
    /// which it waits.
    void enterQueue(Instant since, @Nullable Instant earliest) {
        entry++;
        queuedAt = since;
        notBefore = earliest;
    }

    /// Gives the job to a worker: the number of the new attempt counts from 1.
    void start(long newLease, Instant now) {
        become(JobState.STARTING, now);
        attempt++;
        lease = newLease;
        notBefore = null;
        if (startedAt == null) {
            startedAt = now;
        }
    }

    void fail() {
        failures++;
    }

    void advance(Progress reached) {
        progress = reached;
    }

    void spend(Duration onDevice) {
        deviceSeconds += onDevice.toNanos() / 1e9;
    }

    void enterPhase(String name) {
        phase = name;
    }

    void decidePrecision(String decided) {
        precision = decided;
    }

    void saved(UUID checkpoint) {
        latestCheckpointId = checkpoint;
    }

    long nextEvent() {
        return ++lastEvent;
    }

    private void recordTransition(Instant now) {
        var longer = new ArrayList<>(transitions);
        longer.add(
                new StatusTransition(state.wire(), now.toString(), statusReason == null ? null : statusReason.wire()));
        transitions = longer;
    }

    /// Name of the present place in the queue.
    public Place place() {
        return new Place(id, entry);
    }

    boolean timeLimitReached() {
        return maxSeconds != null && deviceSeconds >= maxSeconds;
    }

    public UUID id() {
        return id;
    }

    public UUID experimentId() {
        return experimentId;
    }

    public int ordinal() {
        return ordinal;
    }

    public String name() {
        return name;
    }

    public String owner() {
        return owner;
    }

    /// Kind of device the job needs.
    public String pool() {
        return pool;
    }

    public int priority() {
        return priority;
    }

    public long seed() {
        return seed;
    }

    /// As asked until the first attempt has decided it.
    public String precision() {
        return precision;
    }

    public String fingerprint() {
        return fingerprint;
    }

    /// JSON that only the handler understands.
    public String payload() {
        return payload;
    }

    public JobState state() {
        return state;
    }

    public Optional<StatusReason> statusReason() {
        return Optional.ofNullable(statusReason);
    }

    public Optional<String> statusMessage() {
        return Optional.ofNullable(statusMessage);
    }

    /// What a running attempt is doing.
    public Optional<String> phase() {
        return Optional.ofNullable(phase);
    }

    public List<StatusTransition> transitions() {
        return List.copyOf(transitions);
    }

    /// Sequence number of the newest event, 0 before the first.
    public long lastEvent() {
        return lastEvent;
    }

    public int attempt() {
        return attempt;
    }

    public long lease() {
        return lease;
    }

    public int failures() {
        return failures;
    }

    public int maxFailures() {
        return maxFailures;
    }

    public Optional<Long> maxSeconds() {
        return Optional.ofNullable(maxSeconds);
    }

    /// Time that attempts have held a device so far.
    public double deviceSeconds() {
        return deviceSeconds;
    }

    /// Since when the job waits, or waited before its last start.
    public Optional<Instant> queuedAt() {
        return Optional.ofNullable(queuedAt);
    }

    /// When a job that waits after a failure may start again.
    public Optional<Instant> notBefore() {
        return Optional.ofNullable(notBefore);
    }

    public Instant createdAt() {
        return createdAt;
    }

    public Optional<Instant> startedAt() {
        return Optional.ofNullable(startedAt);
    }

    public Optional<Instant> finishedAt() {
        return Optional.ofNullable(finishedAt);
    }

    public Optional<UUID> retryOf() {
        return Optional.ofNullable(retryOf);
    }

    public Optional<UUID> retriedBy() {
        return Optional.ofNullable(retriedBy);
    }

    /// The newest checkpoint that this job saved.
    public Optional<UUID> latestCheckpointId() {
        return Optional.ofNullable(latestCheckpointId);
    }

    /// The checkpoint with which the next attempt begins: the job's own newest, else that of the job it
    /// retries.
    public Optional<UUID> goesOnFrom() {
        return Optional.ofNullable(latestCheckpointId != null ? latestCheckpointId : resumeCheckpointId);
    }

    public Optional<Progress> progress() {
        return Optional.ofNullable(progress);
    }

    /// Why the job failed; empty unless it did.
    public Optional<JobError> error() {
        if (state != JobState.FAILED || statusReason == null) {
            return Optional.empty();
        }
        String detail = statusMessage == null ? "" : statusMessage;
        return Optional.of(new JobError(statusReason, detail, attempt, statusReason.retryable()));
    }
}
