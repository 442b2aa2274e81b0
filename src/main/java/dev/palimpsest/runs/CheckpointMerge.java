package dev.palimpsest.runs;

import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.model.MergeRule;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.SettingsBinder;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// Stored models made into one. It stands with the job of its first source, and so does the checkpoint it makes.
@Entity
@Table(name = "merges")
public class CheckpointMerge extends Operation {

    @JdbcTypeCode(SqlTypes.JSON)
    private List<Source> sources = List.of();

    @JdbcTypeCode(SqlTypes.JSON)
    private String rule = "{}";

    private long seed;
    private boolean evaluate;
    private int attempts;
    private @Nullable UUID checkpointId;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable List<@Nullable Integer> singleImages;

    @JdbcTypeCode(SqlTypes.JSON)
    private @Nullable List<@Nullable Integer> singleCorrect;

    /// A checkpoint and the factor on its change.
    public record Source(String checkpointId, double weight) {}

    protected CheckpointMerge() {}

    /// @param checkpoints of the request's sources
    CheckpointMerge(UUID id, MergeRequest request, List<CheckpointRow> checkpoints, String owner, Instant now) {
        super(id, checkpoints.getFirst().jobId(), request.name(), owner, now);
        this.sources = request.sources().stream()
                .map(source -> new Source(source.checkpointId(), source.weight()))
                .toList();
        this.rule = SettingsBinder.write(request.merge()).toString();
        this.seed = request.seed();
        this.evaluate = request.evaluate();
    }

    @Override
    String word() {
        return "merge";
    }

    @Override
    boolean begin(long pick) {
        boolean begun = super.begin(pick);
        attempts += begun ? 1 : 0;
        return begun;
    }

    void succeed(CheckpointRow checkpoint, @Nullable MeasuredRow counts, Single single, Instant now) {
        checkpointId = checkpoint.id();
        if (counts != null) {
            singleImages = new ArrayList<>(single.images());
            singleCorrect = new ArrayList<>(single.correct());
        }
        succeed(counts, now);
    }

    /// What each task's own source had counted on it, null where it did not; both in the order of the merged tasks.
    record Single(List<@Nullable Integer> images, List<@Nullable Integer> correct) {}

    public List<Source> sources() {
        return sources;
    }

    List<UUID> checkpoints() {
        return sources.stream()
                .map(source -> Ids.parse(Ids.CHECKPOINT, source.checkpointId()).orElseThrow())
                .toList();
    }

    public MergeRule rule() {
        return SettingsBinder.mapper().readValue(rule, MergeRule.class);
    }

    public long seed() {
        return seed;
    }

    public boolean evaluate() {
        return evaluate;
    }

    /// How often a worker began, from 1 while one works at it: part of the place of its checkpoint.
    int attempts() {
        return attempts;
    }

    /// What it made; empty before the end.
    public Optional<UUID> checkpointId() {
        return Optional.ofNullable(checkpointId);
    }

    /// What each task's own source reached on it, in percent; null where it had not counted, empty before the end.
    public List<@Nullable Double> single() {
        if (singleImages == null || singleCorrect == null) {
            return List.of();
        }
        List<@Nullable Double> percent = new ArrayList<>();
        for (int task = 0; task < singleImages.size(); task++) {
            Integer images = singleImages.get(task);
            Integer right = singleCorrect.get(task);
            percent.add(images == null || right == null || images == 0 ? null : 100.0 * right / images);
        }
        return Collections.unmodifiableList(percent);
    }
}
