package dev.palimpsest.results;

import dev.palimpsest.checkpoints.CheckpointKey;
import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredCheckpoint;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.settings.Ids;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// A checkpoint that is there as a whole: the row is written after the last of its files.
@Entity
@Table(name = "checkpoints")
public class CheckpointRow {

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private UUID jobId = new UUID(0, 0);
    private @Nullable UUID mergeId;
    private int attempt;

    @Enumerated(EnumType.STRING)
    private CheckpointManifest.Kind kind = CheckpointManifest.Kind.TASK_END;

    private int task;
    private @Nullable Integer epoch;
    private long step;

    @Enumerated(EnumType.STRING)
    private CheckpointState status = CheckpointState.READY;

    private int formatVersion;
    private boolean resumable;
    private boolean continuable;

    @JdbcTypeCode(SqlTypes.JSON)
    private List<String> contains = List.of();

    private String backboneId = "";
    private String backboneSha256 = "";
    private int classCount;
    private long sizeBytes;
    private String sha256 = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private List<StoredFile> files = List.of();

    private Instant createdAt = Instant.EPOCH;

    protected CheckpointRow() {}

    /// @param mergeId of a merged one, which lies in the folder of its merge
    CheckpointRow(UUID id, UUID jobId, @Nullable UUID mergeId, StoredCheckpoint stored) {
        CheckpointManifest manifest = stored.manifest();
        this.id = id;
        this.jobId = jobId;
        this.mergeId = mergeId;
        this.attempt = manifest.attempt();
        this.kind = manifest.kind();
        this.task = manifest.task();
        this.epoch = manifest.epoch();
        this.step = manifest.step();
        this.formatVersion = manifest.formatVersion();
        this.resumable = manifest.resumable();
        this.continuable = manifest.continuable();
        this.contains = manifest.contains();
        this.backboneId = manifest.backbone().id();
        this.backboneSha256 = manifest.backbone().sha256();
        this.classCount = manifest.classes().size();
        this.sizeBytes = stored.sizeBytes();
        this.sha256 = stored.sha256();
        this.files = stored.files();
        this.createdAt = manifest.createdAt();
    }

    /// A file was found damaged: the checkpoint is never served or resumed from again.
    void corrupt() {
        status = CheckpointState.CORRUPT;
    }

    /// Whole tasks that a run which goes on from here does not learn again.
    int wholeTasks() {
        return kind == CheckpointManifest.Kind.IN_TASK ? task - 1 : task;
    }

    public CheckpointKey key() {
        String owner = mergeId == null ? Ids.job(jobId) : Ids.merge(mergeId);
        return new CheckpointKey(owner, attempt, Ids.checkpoint(id));
    }

    public UUID id() {
        return id;
    }

    /// The job that made it, or that of the first source of its merge.
    public UUID jobId() {
        return jobId;
    }

    /// The merge that made it; empty for a checkpoint of a run.
    public Optional<UUID> mergeId() {
        return Optional.ofNullable(mergeId);
    }

    public int attempt() {
        return attempt;
    }

    public CheckpointManifest.Kind kind() {
        return kind;
    }

    /// The last task learned, or the one being learned; counts from 1.
    public int task() {
        return task;
    }

    /// Epochs of the task that are complete; empty at the end of a task.
    public Optional<Integer> epoch() {
        return Optional.ofNullable(epoch);
    }

    /// Steps of the job so far.
    public long step() {
        return step;
    }

    public CheckpointState status() {
        return status;
    }

    public int formatVersion() {
        return formatVersion;
    }

    public boolean resumable() {
        return resumable;
    }

    public boolean continuable() {
        return continuable;
    }

    public List<String> contains() {
        return contains;
    }

    public String backboneId() {
        return backboneId;
    }

    public String backboneSha256() {
        return backboneSha256;
    }

    public int classCount() {
        return classCount;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    public String sha256() {
        return sha256;
    }

    /// The manifest first.
    public List<StoredFile> files() {
        return files;
    }

    public Instant createdAt() {
        return createdAt;
    }
}
