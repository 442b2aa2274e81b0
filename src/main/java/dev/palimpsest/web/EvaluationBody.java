package dev.palimpsest.web;

import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.RowMetrics;
import dev.palimpsest.metrics.Scenario;
import dev.palimpsest.runs.Evaluation;
import dev.palimpsest.runs.Operation;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// An evaluation as it is answered: one entry a task learned, null for a task that the data set does not
/// cover.
///
/// @param metrics of `clm-1`; never where the protocol leaks the task identity, whose numbers have no names
///     that others have
record EvaluationBody(
        String object,
        String id,
        String checkpointId,
        @Nullable String name,
        String status,
        String protocol,

        @Schema(
                description = "Whether the numbers were made with knowledge of the task that an image does not show;"
                        + " true for batch_majority_task, whose numbers go into no matrix, metric or headline")
        boolean leaksTaskIdentity,

        int batchSize,
        @Nullable String datasetId,
        @Nullable List<@Nullable Integer> testImages,
        @Nullable List<@Nullable Integer> correct,
        @Nullable List<@Nullable Double> accuracy,
        @Nullable List<MetricsBody.Entry> metrics,
        @Nullable FailureBody error,
        Instant createdAt,
        @Nullable Instant finishedAt) {

    @Schema(name = "EvaluationError")
    record FailureBody(String code, String detail) {

        static FailureBody of(Operation.Failure failure) {
            return new FailureBody(failure.code().wire(), failure.detail());
        }
    }

    /// @param scenario of the job that the checkpoint belongs to
    static EvaluationBody of(Evaluation evaluation, Scenario scenario) {
        MeasuredRow counts = evaluation.counts().orElse(null);
        boolean leaks = evaluation.protocol().leaksTaskIdentity();
        return new EvaluationBody(
                "evaluation",
                Ids.evaluation(evaluation.id()),
                Ids.checkpoint(evaluation.checkpointId()),
                evaluation.name().orElse(null),
                evaluation.state().wire(),
                evaluation.protocol().wire(),
                leaks,
                evaluation.batchSize(),
                evaluation.datasetId().orElse(null),
                counts == null ? null : images(counts),
                counts == null ? null : top1(counts),
                counts == null ? null : accuracy(counts),
                counts == null || leaks
                        ? null
                        : RowMetrics.of(counts, scenario).stream()
                                .map(MetricsBody.Entry::of)
                                .toList(),
                evaluation.failure().map(FailureBody::of).orElse(null),
                evaluation.createdAt(),
                evaluation.finishedAt().orElse(null));
    }

    private static List<@Nullable Integer> top1(MeasuredRow counts) {
        return counts.correct().getOrDefault(Measure.TOP1, List.of());
    }

    static List<@Nullable Integer> images(MeasuredRow counts) {
        List<@Nullable Integer> images = new ArrayList<>();
        counts.testImages().forEach(count -> images.add(count == 0 ? null : count));
        return images;
    }

    static List<@Nullable Double> accuracy(MeasuredRow counts) {
        List<@Nullable Double> accuracy = new ArrayList<>();
        List<@Nullable Integer> right = top1(counts);
        for (int task = 0; task < right.size(); task++) {
            Integer count = right.get(task);
            accuracy.add(
                    count == null ? null : 100.0 * count / counts.testImages().get(task));
        }
        return accuracy;
    }
}
