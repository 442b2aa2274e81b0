package dev.palimpsest.catalogue;

import dev.palimpsest.model.VitShape;
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

/// Pretrained weights that experiments may name, kept as a file under its digest.
@Entity
@Table(name = "backbones")
public class RegisteredBackbone {

    @Id
    private String id = "";

    @Version
    private @Nullable Integer version;

    @JdbcTypeCode(SqlTypes.JSON)
    private String request = "{}";

    @Enumerated(EnumType.STRING)
    private BackboneState state = BackboneState.VERIFYING;

    @JdbcTypeCode(SqlTypes.JSON)
    private String shape = "{}";

    private long parameterCount;
    private long sizeBytes;
    private @Nullable String sha256;
    private int checkNumber;
    private String owner = "";
    private Instant createdAt = Instant.EPOCH;

    protected RegisteredBackbone() {}

    public RegisteredBackbone(String id, String owner, Instant now) {
        this.id = id;
        this.owner = owner;
        this.createdAt = now;
    }

    /// Takes the weights that a request names, to be copied and verified; also again after they were lost.
    ///
    /// @param digest if it is known already
    public void describe(BackboneRequest asked, Weights weights, @Nullable String digest) {
        if (state == BackboneState.READY) {
            throw new IllegalStateException("Backbone " + id + " is ready and never changes");
        }
        request = SettingsBinder.write(asked).toString();
        shape = SettingsBinder.write(weights.shape()).toString();
        parameterCount = weights.parameterCount();
        sizeBytes = weights.sizeBytes();
        sha256 = digest;
        state = BackboneState.VERIFYING;
        checkNumber++;
    }

    /// What the header of a weights file says.
    public record Weights(VitShape shape, long parameterCount, long sizeBytes) {}

    void verified(String digest) {
        sha256 = digest;
        state = BackboneState.READY;
    }

    void fail(BackboneState why) {
        state = why;
    }

    public String id() {
        return id;
    }

    public BackboneRequest request() {
        return SettingsBinder.mapper().readValue(request, BackboneRequest.class);
    }

    public BackboneState state() {
        return state;
    }

    public VitShape shape() {
        return SettingsBinder.mapper().readValue(shape, VitShape.class);
    }

    public int imageSize() {
        return shape().imageSize();
    }

    public int patchSize() {
        return shape().patch();
    }

    public int width() {
        return shape().width();
    }

    public int depth() {
        return shape().depth();
    }

    public int heads() {
        return shape().heads();
    }

    /// Scalars of the file, a classifier that is not used included.
    public long parameterCount() {
        return parameterCount;
    }

    public long sizeBytes() {
        return sizeBytes;
    }

    /// Of the file; empty until it has been copied.
    public Optional<String> sha256() {
        return Optional.ofNullable(sha256);
    }

    int checkNumber() {
        return checkNumber;
    }

    /// Who registered it.
    public String owner() {
        return owner;
    }

    public Instant createdAt() {
        return createdAt;
    }
}
