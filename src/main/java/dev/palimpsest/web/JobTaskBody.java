package dev.palimpsest.web;

import dev.palimpsest.http.Wire;
import dev.palimpsest.metrics.TaskMetrics;
import dev.palimpsest.results.Results;
import dev.palimpsest.results.TaskRow;
import dev.palimpsest.settings.Ids;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A task of a job as it is answered: what it consists of, what learning it took, what became of it.
record JobTaskBody(
        String object,
        int task,
        String name,
        String datasetId,
        boolean fromParent,
        String status,
        List<String> classes,
        List<Integer> classIndices,
        int trainImages,
        int validationImages,
        int testImages,
        @Nullable Double learned,
        @Nullable Double bestBefore,
        @Nullable Double now,
        @Nullable Double forgetting,
        @Nullable Integer afterTask,
        @Nullable Double trainSeconds,
        @Nullable Double evaluateSeconds,
        @Nullable Double imagesPerSecond,
        @Nullable Long trainableParameters,
        @Nullable Long addedParameters,
        @Nullable String checkpointId,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt) {

    static JobTaskBody of(Results.TaskResult result, String datasetId) {
        TaskRow task = result.task();
        TaskMetrics metrics = result.metrics();
        return new JobTaskBody(
                "job_task",
                task.task(),
                task.name(),
                datasetId,
                false,
                task.status(),
                task.classes(),
                task.classIndices(),
                task.trainImages(),
                task.validationImages(),
                task.testImages(),
                metrics == null ? null : metrics.learned(),
                metrics == null ? null : metrics.bestBefore(),
                metrics == null ? null : metrics.now(),
                metrics == null ? null : metrics.forgetting(),
                metrics == null ? null : result.afterTask(),
                task.trainSeconds().orElse(null),
                task.evaluateSeconds().orElse(null),
                task.imagesPerSecond().orElse(null),
                task.trainableParameters().orElse(null),
                task.addedParameters().orElse(null),
                Wire.text(task.checkpointId().orElse(null), Ids.CHECKPOINT),
                task.startedAt().orElse(null),
                task.finishedAt().orElse(null));
    }
}
