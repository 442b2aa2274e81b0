package dev.palimpsest.results;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.settings.Ids;
import jakarta.persistence.Entity;
import jakarta.persistence.EnumType;
import jakarta.persistence.Enumerated;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import jakarta.persistence.Version;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.hibernate.annotations.JdbcTypeCode;
import org.hibernate.type.SqlTypes;
import org.jspecify.annotations.Nullable;

/// One row of an accuracy matrix: how many test images of the tasks 1, 2, ... were right after a task.
@Entity
@Table(name = "accuracy_rows")
public class ResultRow {

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private UUID jobId = new UUID(0, 0);
    private int afterTask;

    @Enumerated(EnumType.STRING)
    private Stage stage = Stage.FINAL;

    @Enumerated(EnumType.STRING)
    private EvaluationData data = EvaluationData.TEST;

    @Enumerated(EnumType.STRING)
    private Measure measure = Measure.TOP1;

    @JdbcTypeCode(SqlTypes.JSON)
    private List<Integer> testImages = List.of();

    @JdbcTypeCode(SqlTypes.JSON)
    private List<@Nullable Integer> correct = List.of();

    private int attempt;
    private UUID measuredByJobId = new UUID(0, 0);
    private Instant measuredAt = Instant.EPOCH;

    /// Which row of which matrix of a job.
    ///
    /// @param afterTask the last task learned, from 1
    record Place(UUID jobId, int afterTask, Stage stage, EvaluationData data, Measure measure) {}

    protected ResultRow() {}

    ResultRow(Place place) {
        this.id = Ids.next();
        this.jobId = place.jobId();
        this.afterTask = place.afterTask();
        this.stage = place.stage();
        this.data = place.data();
        this.measure = place.measure();
        this.measuredByJobId = place.jobId();
    }

    /// The same counts as a row of another job, which goes on from a checkpoint of this one.
    ResultRow of(UUID otherJob) {
        var copy = new ResultRow(new Place(otherJob, afterTask, stage, data, measure));
        copy.count(testImages, correct, attempt, measuredAt);
        copy.measuredByJobId = measuredByJobId;
        return copy;
    }

    /// Takes what was counted; a repeated measurement replaces the one before.
    void count(List<Integer> images, List<@Nullable Integer> right, int byAttempt, Instant at) {
        testImages = new ArrayList<>(images);
        correct = new ArrayList<>(right);
        attempt = byAttempt;
        measuredAt = at;
    }

    public UUID jobId() {
        return jobId;
    }

    public int afterTask() {
        return afterTask;
    }

    public Stage stage() {
        return stage;
    }

    public EvaluationData data() {
        return data;
    }

    public Measure measure() {
        return measure;
    }

    public List<Integer> testImages() {
        return testImages;
    }

    public List<@Nullable Integer> correct() {
        return correct;
    }

    public int attempt() {
        return attempt;
    }

    public UUID measuredByJobId() {
        return measuredByJobId;
    }

    public Instant measuredAt() {
        return measuredAt;
    }
}
