package dev.palimpsest.runs;

import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.MappedSuperclass;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// Queued work on a slot that is no job: what it is about says the subclass, where it stands and who holds it is here.
@MappedSuperclass
public abstract class Operation {

    /// Workers that may be lost over it: one that takes its worker down each time must not go on for ever.
    static final int MAX_FAILURES = 3;

    private static final long NOBODY = -1;

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private UUID jobId = new UUID(0, 0);
    private @Nullable String name;
    private String owner = "";

    @Enumerated(EnumType.STRING)
    private OperationState state = OperationState.QUEUED;

    private long lease = NOBODY;
    private int failures;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable List<Integer> testImages;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable Map<String, List<@Nullable Integer>> correct;

    @Enumerated(EnumType.STRING)
    private @Nullable StatusReason errorCode;

    private @Nullable String errorDetail;
    private Instant createdAt = Instant.EPOCH;
    private @Nullable Instant finishedAt;

    /// Why nothing came of it.
    ///
    /// @param detail one sentence for a person
    public record Failure(StatusReason code, String detail) {}

    protected Operation() {}

    Operation(UUID id, UUID jobId, @Nullable String name, String owner, Instant now) {
        this.id = id;
        this.jobId = jobId;
        this.name = name;
        this.owner = owner;
        this.createdAt = now;
    }

    /// In messages.
    abstract String word();

    /// A worker begins.
    ///
    /// @param pick of the scheduler
    /// @return false if there is nothing left to do
    boolean begin(long pick) {
        if (state != OperationState.QUEUED) {
            return false;
        }
        state = OperationState.RUNNING;
        lease = pick;
        return true;
    }

    /// Whether the worker of this pick is still the one that works at it.
    boolean heldBy(long pick) {
        return state == OperationState.RUNNING && lease == pick;
    }

    /// Which pick of the scheduler it runs under.
    long lease() {
        return lease;
    }

    /// The worker gives it back.
    void waitAgain() {
        state = OperationState.QUEUED;
        lease = NOBODY;
    }

    /// The worker is gone.
    void lose(Instant now) {
        failures++;
        if (failures < MAX_FAILURES) {
            waitAgain();
        } else {
            fail(
                    StatusReason.RETRY_LIMIT_EXCEEDED,
                    "%d workers were lost over this %s.".formatted(failures, word()),
                    now);
        }
    }

    /// @param row what was counted, or null
    void succeed(@Nullable MeasuredRow row, Instant now) {
        if (row != null) {
            testImages = new ArrayList<>(row.testImages());
            Map<String, List<@Nullable Integer>> counts = new LinkedHashMap<>();
            row.correct().forEach((measure, right) -> counts.put(measure.wireName(), new ArrayList<>(right)));
            correct = counts;
        }
        finish(OperationState.SUCCEEDED, now);
    }

    void fail(StatusReason reason, String detail, Instant now) {
        errorCode = reason;
        errorDetail = detail;
        finish(OperationState.FAILED, now);
    }

    private void finish(OperationState last, Instant now) {
        state = last;
        lease = NOBODY;
        finishedAt = now;
    }

    public UUID id() {
        return id;
    }

    /// The job with which it stands.
    public UUID jobId() {
        return jobId;
    }

    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /// Who asked for it.
    public String owner() {
        return owner;
    }

    public OperationState state() {
        return state;
    }

    /// Counts by task, from the first on; a task without test images has none. Empty before the end.
    public Optional<MeasuredRow> counts() {
        if (testImages == null || correct == null) {
            return Optional.empty();
        }
        Map<Measure, List<@Nullable Integer>> counts = new EnumMap<>(Measure.class);
        correct.forEach((measure, right) -> counts.put(Measure.named(measure), right));
        return Optional.of(new MeasuredRow(testImages, counts));
    }

    public Optional<Failure> failure() {
        return errorCode == null || errorDetail == null
                ? Optional.empty()
                : Optional.of(new Failure(errorCode, errorDetail));
    }

    public Instant createdAt() {
        return createdAt;
    }

    public Optional<Instant> finishedAt() {
        return Optional.ofNullable(finishedAt);
    }
}
