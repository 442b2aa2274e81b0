package dev.palimpsest.runs;

import dev.palimpsest.catalogue.RegisteredDataset;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.training.EvaluationProtocol;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A checkpoint measured once more. Its counts stay here: no matrix, metric or headline of a job takes them.
@Entity
@Table(name = "evaluations")
public class Evaluation extends Operation {

    private UUID checkpointId = new UUID(0, 0);
    private @Nullable String datasetId;
    private @Nullable String datasetSha256;

    @Enumerated(EnumType.STRING)
    private EvaluationProtocol protocol = EvaluationProtocol.PER_IMAGE;

    private int batchSize;

    protected Evaluation() {}

    /// @param other whose test images are taken; null for the job's own
    Evaluation(
            UUID id,
            CheckpointRow checkpoint,
            EvaluationRequest request,
            @Nullable RegisteredDataset other,
            String owner,
            Instant now) {
        super(id, checkpoint.jobId(), request.name(), owner, now);
        this.checkpointId = checkpoint.id();
        this.datasetId = request.datasetId();
        this.datasetSha256 = other == null ? null : other.sha256().orElseThrow();
        this.protocol = request.protocol();
        this.batchSize = request.batchSize();
    }

    @Override
    String word() {
        return "evaluation";
    }

    public UUID checkpointId() {
        return checkpointId;
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
}
