package dev.palimpsest.results;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.settings.Ids;
import jakarta.persistence.Entity;
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

/// A task of a job: what it consists of, and what learning it took. It is planned until an attempt begins it.
@Entity
@Table(name = "job_tasks")
public class TaskRow {

    @Id
    private UUID id = new UUID(0, 0);

    @Version
    private @Nullable Integer version;

    private UUID jobId = new UUID(0, 0);
    private int task;
    private String name = "";

    @JdbcTypeCode(SqlTypes.JSON)
    private List<String> classes = List.of();

    @JdbcTypeCode(SqlTypes.JSON)
    private List<Integer> classIndices = List.of();

    private int trainImages;
    private int validationImages;
    private int testImages;
    private @Nullable Double trainSeconds;
    private @Nullable Double evaluateSeconds;
    private @Nullable Double imagesPerSecond;
    private @Nullable Long trainableParameters;
    private @Nullable Long addedParameters;
    private @Nullable UUID checkpointId;
    private @Nullable Instant startedAt;
    private @Nullable Instant finishedAt;

    protected TaskRow() {}

    TaskRow(UUID jobId, PlannedTask planned) {
        this.id = Ids.next();
        this.jobId = jobId;
        this.task = planned.task();
        this.name = planned.name();
        this.classes = planned.classes();
        this.classIndices = planned.classIndices();
        this.trainImages = planned.trainImages();
        this.validationImages = planned.validationImages();
        this.testImages = planned.testImages();
    }

    /// The same task of a job that does the work once more; nothing of it is learned yet.
    public TaskRow plannedFor(UUID otherJob) {
        return new TaskRow(
                otherJob,
                new PlannedTask(task, name, classes, classIndices, trainImages, validationImages, testImages));
    }

    /// The first start counts, also after a resume.
    public void start(Instant now) {
        if (startedAt == null) {
            startedAt = now;
        }
    }

    public void throughput(@Nullable Double perSecond) {
        imagesPerSecond = perSecond;
    }

    /// What learning the task took.
    ///
    /// @param trainable scalars that received a gradient
    /// @param added scalars that inference needs since this task
    public void learned(double training, double evaluating, long trainable, long added) {
        trainSeconds = training;
        evaluateSeconds = evaluating;
        trainableParameters = trainable;
        addedParameters = added;
    }

    public void finish(UUID checkpoint, Instant now) {
        checkpointId = checkpoint;
        finishedAt = now;
    }

    /// What another job had learned before this one goes on from its checkpoint.
    void takeOver(TaskRow other) {
        trainSeconds = other.trainSeconds;
        evaluateSeconds = other.evaluateSeconds;
        imagesPerSecond = other.imagesPerSecond;
        trainableParameters = other.trainableParameters;
        addedParameters = other.addedParameters;
        checkpointId = other.checkpointId;
        startedAt = other.startedAt;
        finishedAt = other.finishedAt;
    }

    public UUID jobId() {
        return jobId;
    }

    /// Counts from 1.
    public int task() {
        return task;
    }

    public String name() {
        return name;
    }

    /// `planned`, `running` or `finished`.
    public String status() {
        if (finishedAt != null) {
            return "finished";
        }
        return startedAt == null ? "planned" : "running";
    }

    public List<String> classes() {
        return classes;
    }

    /// Columns of the head, from 0.
    public List<Integer> classIndices() {
        return classIndices;
    }

    public int trainImages() {
        return trainImages;
    }

    public int validationImages() {
        return validationImages;
    }

    public int testImages() {
        return testImages;
    }

    /// How many images of the kind the task is measured on.
    int images(EvaluationData data) {
        return switch (data) {
            case TEST -> testImages;
            case VALIDATION -> validationImages;
        };
    }

    public Optional<Double> trainSeconds() {
        return Optional.ofNullable(trainSeconds);
    }

    public Optional<Double> evaluateSeconds() {
        return Optional.ofNullable(evaluateSeconds);
    }

    public Optional<Double> imagesPerSecond() {
        return Optional.ofNullable(imagesPerSecond);
    }

    public Optional<Long> trainableParameters() {
        return Optional.ofNullable(trainableParameters);
    }

    public Optional<Long> addedParameters() {
        return Optional.ofNullable(addedParameters);
    }

    public Optional<UUID> checkpointId() {
        return Optional.ofNullable(checkpointId);
    }

    public Optional<Instant> startedAt() {
        return Optional.ofNullable(startedAt);
    }

    public Optional<Instant> finishedAt() {
        return Optional.ofNullable(finishedAt);
    }
}
