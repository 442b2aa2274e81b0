package dev.palimpsest.runs;

import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.training.EvaluationProtocol;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
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

/// A checkpoint measured once more. Its counts stay here: no matrix, metric or headline of a job takes them.
@Entity
@Table(name = "evaluations")
public class Evaluation {

    /// Workers that may be lost over it: one that takes its worker down each time must not go on for ever.
    static final int MAX_FAILURES = 3;

    private static final long NOBODY = -1;

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private UUID checkpointId = new UUID(0, 0);
    private UUID jobId = new UUID(0, 0);
    private @Nullable String name;
    private @Nullable String datasetId;
    private @Nullable String datasetSha256;

    @Enumerated(EnumType.STRING)
    private EvaluationProtocol protocol = EvaluationProtocol.PER_IMAGE;

    private int batchSize;
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

    /// Why there are no counts.
    ///
    /// @param detail one sentence for a person
    public record Failure(StatusReason code, String detail) {}

    protected Evaluation() {}

    /// @param other whose test images are taken; null for the job's own
    Evaluation(
            UUID id,
            CheckpointRow checkpoint,
            EvaluationRequest request,
            @Nullable RegisteredDataset other,
            String owner,
            Instant now) {
        this.id = id;
        this.checkpointId = checkpoint.id();
        this.jobId = checkpoint.jobId();
        this.name = request.name();
        this.datasetId = request.datasetId();
        this.datasetSha256 = other == null ? null : other.sha256().orElseThrow();
        this.protocol = request.protocol();
        this.batchSize = request.batchSize();
        this.owner = owner;
        this.createdAt = now;
    }

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
                    "%d workers were lost over this evaluation.".formatted(failures),
                    now);
        }
    }

    void succeed(MeasuredRow row, Instant now) {
        testImages = new ArrayList<>(row.testImages());
        Map<String, List<@Nullable Integer>> counts = new LinkedHashMap<>();
        row.correct().forEach((measure, right) -> counts.put(measure.wireName(), new ArrayList<>(right)));
        correct = counts;
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

    public UUID checkpointId() {
        return checkpointId;
    }

    /// The job that the checkpoint belongs to.
    public UUID jobId() {
        return jobId;
    }

    public Optional<String> name() {
        return Optional.ofNullable(name);
    }

    /// Whose test images were taken; empty for the job's own data set.
    public Optional<String> datasetId() {
        return Optional.ofNullable(datasetId);
    }

    Optional<String> datasetSha256() {
        return Optional.ofNullable(datasetSha256);
    }

    public EvaluationProtocol protocol() {
        return protocol;
    }

    public int batchSize() {
        return batchSize;
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
