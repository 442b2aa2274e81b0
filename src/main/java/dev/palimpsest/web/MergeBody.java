package dev.palimpsest.web;

import dev.palimpsest.metrics.Measure;
import dev.palimpsest.metrics.MeasuredRow;
import dev.palimpsest.metrics.Metric;
import dev.palimpsest.metrics.MetricDefinition;
import dev.palimpsest.metrics.RowMetrics;
import dev.palimpsest.runs.CheckpointMerge;
import dev.palimpsest.runs.Operation;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.settings.SettingsBinder;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// A merge as it is answered; one entry a task of its sources, in their order.
record MergeBody(
        String object,
        String id,

        @Schema(description = "The job of the first source, with which the merge and its checkpoint stand")
        String jobId,

        @Nullable String name,
        String status,

        @Schema(description = "Checkpoints that are merged, in the order that the rule sees")
        List<SourceBody> sources,

        @Schema(description = "The rule with every setting") JsonNode merge,

        long seed,
        boolean evaluate,

        @Schema(description = "What was made, a checkpoint of kind merged; null before the end") @Nullable
        String checkpointId,

        @Schema(description = "Test images of each task; null before the end and where evaluate is false") @Nullable
        List<@Nullable Integer> testImages,

        @Schema(description = "Images classified right among the classes of all sources") @Nullable
        List<@Nullable Integer> correct,

        @Nullable List<@Nullable Double> accuracy,

        @Schema(
                description = "Mean over the tasks of 100 times the accuracy over that of the task's own source on it"
                        + " alone; null where a source has not counted, or counted none right")
        @Nullable
        Double normalisedAccuracy,

        @Nullable List<MetricsBody.Entry> metrics,
        @Nullable FailureBody error,
        Instant createdAt,
        @Nullable Instant finishedAt) {

    @Schema(name = "MergeSource")
    record SourceBody(
            String checkpointId,

            @Schema(description = "Factor on its change of the backbone before the rule")
            double weight) {}

    @Schema(name = "MergeError")
    record FailureBody(String code, String detail) {

        static FailureBody of(Operation.Failure failure) {
            return new FailureBody(failure.code().wire(), failure.detail());
        }
    }

    static MergeBody of(CheckpointMerge merge) {
        MeasuredRow counts = merge.counts().orElse(null);
        List<Metric> metrics = counts == null ? List.of() : RowMetrics.ofMerge(counts, merge.single());
        return new MergeBody(
                "merge",
                Ids.merge(merge.id()),
                Ids.job(merge.jobId()),
                merge.name().orElse(null),
                merge.state().wire(),
                merge.sources().stream()
                        .map(source -> new SourceBody(source.checkpointId(), source.weight()))
                        .toList(),
                SettingsBinder.write(merge.rule()),
                merge.seed(),
                merge.evaluate(),
                merge.checkpointId().map(Ids::checkpoint).orElse(null),
                counts == null ? null : EvaluationBody.images(counts),
                counts == null ? null : counts.correct().getOrDefault(Measure.TOP1, List.of()),
                counts == null ? null : EvaluationBody.accuracy(counts),
                normalised(metrics),
                counts == null
                        ? null
                        : metrics.stream().map(MetricsBody.Entry::of).toList(),
                merge.failure().map(FailureBody::of).orElse(null),
                merge.createdAt(),
                merge.finishedAt().orElse(null));
    }

    private static @Nullable Double normalised(List<Metric> metrics) {
        return metrics.stream()
                .filter(metric -> metric.definition() == MetricDefinition.NORMALISED_ACCURACY)
                .findFirst()
                .map(Metric::value)
                .orElse(null);
    }
}
