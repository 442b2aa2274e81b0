package dev.palimpsest.experiments;

import dev.palimpsest.metrics.Scenario;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.Immutable;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// What a job is about, beside its place in the queue: written with the job and never changed.
///
/// The queue knows nothing of training, and its payload is for the trainer alone; what lists show and filter
/// by stands here.
@Entity
@Immutable
@Table(name = "job_sheets")
public class JobSheet {

    @Id
    private UUID jobId = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private String methodName = "";
    private String datasetId = "";
    private String backboneId = "";
    private String scenario = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, @Nullable Object> gridPoint = Map.of();

    private @Nullable UUID parentCheckpointId;

    @JdbcTypeCode(SqlTypes.JSON)
    private List<Warning> warnings = List.of();

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, String> metadata = Map.of();

    /// Something a person should know about a request that is carried out all the same.
    ///
    /// @param code as `single_seed`
    /// @param param dotted path into the request; empty for the whole
    public record Warning(String code, @Nullable String param, String detail) {}

    protected JobSheet() {}

    /// Describes a job.
    ///
    /// @param gridPoint dotted path to value; empty without a grid
    public JobSheet(
            UUID jobId,
            String methodName,
            String datasetId,
            String backboneId,
            Scenario scenario,
            Map<String, ? extends @Nullable Object> gridPoint,
            List<Warning> warnings,
            Map<String, String> metadata) {
        this.jobId = jobId;
        this.methodName = methodName;
        this.datasetId = datasetId;
        this.backboneId = backboneId;
        this.scenario = scenario.wireName();
        this.gridPoint = new LinkedHashMap<>(gridPoint);
        this.warnings = List.copyOf(warnings);
        this.metadata = Map.copyOf(metadata);
    }

    /// The same for another job, which does the same once more.
    JobSheet of(UUID otherJob) {
        return new JobSheet(otherJob, methodName, datasetId, backboneId, scenario(), gridPoint, warnings, metadata);
    }

    public UUID jobId() {
        return jobId;
    }

    public String methodName() {
        return methodName;
    }

    public String datasetId() {
        return datasetId;
    }

    public String backboneId() {
        return backboneId;
    }

    public Scenario scenario() {
        return Scenario.named(scenario);
    }

    public Map<String, @Nullable Object> gridPoint() {
        return gridPoint;
    }

    /// The finished model that the job goes on from.
    public Optional<UUID> parentCheckpointId() {
        return Optional.ofNullable(parentCheckpointId);
    }

    public List<Warning> warnings() {
        return warnings;
    }

    public Map<String, String> metadata() {
        return metadata;
    }
}
