package dev.palimpsest.catalogue;

import dev.palimpsest.settings.SettingsBinder;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.Optional;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// A data set that experiments may name. Its content never changes; new pictures are a new id.
@Entity
@Table(name = "datasets")
public class RegisteredDataset {

    @Id
    private String id = "";

    @Version
    private @Nullable Integer version;

    @JdbcTypeCode(SqlTypes.JSON)
    private String request = "{}";

    @Enumerated(EnumType.STRING)
    private DatasetState state = DatasetState.CHECKING;

    private boolean uploaded;
    private @Nullable String sha256;
    private @Nullable Long sizeBytes;
    private @Nullable Instant modifiedAt;
    private int checkNumber;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable String facts;

    private String owner = "";
    private Instant createdAt = Instant.EPOCH;

    protected RegisteredDataset() {}

    RegisteredDataset(String id, String owner, Instant now) {
        this.id = id;
        this.owner = owner;
        this.createdAt = now;
    }

    /// Takes the content that a request names, to be checked; also again after it was found invalid.
    ///
    /// @param digest if it is known already
    /// @param stamp of the files; null for drawn pictures
    void describe(DatasetRequest asked, boolean asUpload, @Nullable String digest, @Nullable FileStamp stamp) {
        if (state == DatasetState.READY || state == DatasetState.UNAVAILABLE) {
            throw new IllegalStateException("Data set " + id + " is " + state.wire() + " and never changes");
        }
        request = SettingsBinder.write(asked).toString();
        uploaded = asUpload;
        sha256 = digest;
        sizeBytes = stamp == null ? null : stamp.sizeBytes();
        modifiedAt = stamp == null ? null : stamp.modifiedAt();
        facts = null;
        state = DatasetState.CHECKING;
        checkNumber++;
    }

    void checked(DatasetFacts found, String digest) {
        facts = SettingsBinder.write(found).toString();
        sha256 = digest;
        state = found.report().valid() ? DatasetState.READY : DatasetState.INVALID;
    }

    void lose() {
        if (state == DatasetState.READY) {
            state = DatasetState.UNAVAILABLE;
        }
    }

    /// The file has been looked at and its content is the same.
    void seen(FileStamp stamp) {
        sizeBytes = stamp.sizeBytes();
        modifiedAt = stamp.modifiedAt();
        if (state == DatasetState.UNAVAILABLE) {
            state = DatasetState.READY;
        }
    }

    public String id() {
        return id;
    }

    public DatasetRequest request() {
        return SettingsBinder.mapper().readValue(request, DatasetRequest.class);
    }

    public DatasetState state() {
        return state;
    }

    boolean uploaded() {
        return uploaded;
    }

    /// Of the content; empty until it has been checked.
    public Optional<String> sha256() {
        return Optional.ofNullable(sha256);
    }

    Optional<FileStamp> stamp() {
        return sizeBytes == null || modifiedAt == null
                ? Optional.empty()
                : Optional.of(new FileStamp(sizeBytes, modifiedAt));
    }

    int checkNumber() {
        return checkNumber;
    }

    /// What the check has found; empty before.
    public Optional<DatasetFacts> facts() {
        return Optional.ofNullable(facts).map(json -> SettingsBinder.mapper().readValue(json, DatasetFacts.class));
    }

    /// Who registered it.
    public String owner() {
        return owner;
    }

    public Instant createdAt() {
        return createdAt;
    }
}
