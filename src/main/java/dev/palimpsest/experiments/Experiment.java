package dev.palimpsest.experiments;

import dev.palimpsest.settings.SettingsBinder;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// What a person asked for: the request, every default filled in, and who asked. Its state is that of its
/// jobs.
@Entity
@Table(name = "experiments")
public class Experiment {

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private String name = "";
    private @Nullable String description;

    @JdbcTypeCode(SqlTypes.JSON)
    private Map<String, String> metadata = Map.of();

    private String owner = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private String request = "{}";

    /// For queries alone; what is shown is the request.
    @SuppressWarnings("UnusedVariable")
    private @Nullable String presetName;

    private String methodName = "";
    private String datasetId = "";
    private String backboneId = "";
    private String scenario = "";
    private int taskCount;
    private long plannedImages;

    @JdbcTypeCode(SqlTypes.JSON)
    private List<JobSheet.Warning> warnings = List.of();

    private Instant createdAt = Instant.EPOCH;

    protected Experiment() {}

    Experiment(UUID id, Plan plan, String owner, Instant now) {
        ExperimentRequest asked = plan.request();
        this.id = id;
        this.name = asked.name() == null ? asked.datasetId() : asked.name();
        this.description = asked.description();
        this.metadata = asked.metadata();
        this.owner = owner;
        this.request = SettingsBinder.write(asked).toString();
        this.presetName = asked.preset();
        this.methodName = asked.method().info().name();
        this.datasetId = asked.datasetId();
        this.backboneId = asked.backboneId();
        this.scenario = plan.scenario().wireName();
        this.taskCount = plan.tasks().size();
        this.plannedImages = plan.plannedImages();
        this.warnings = plan.warnings();
        this.createdAt = now;
    }

    public UUID id() {
        return id;
    }

    public String name() {
        return name;
    }

    public Optional<String> description() {
        return Optional.ofNullable(description);
    }

    public Map<String, String> metadata() {
        return metadata;
    }

    public String owner() {
        return owner;
    }

    /// Every default filled in.
    public ExperimentRequest request() {
        return SettingsBinder.mapper().readValue(request, ExperimentRequest.class);
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

    /// As on the wire.
    public String scenario() {
        return scenario;
    }

    public int taskCount() {
        return taskCount;
    }

    /// Training images of one job, each counted once an epoch.
    long plannedImages() {
        return plannedImages;
    }

    public List<JobSheet.Warning> warnings() {
        return warnings;
    }

    public Instant createdAt() {
        return createdAt;
    }
}
