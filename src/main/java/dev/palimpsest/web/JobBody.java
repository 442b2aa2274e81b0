package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSheet;
import dev.palimpsest.http.Wire;
import dev.palimpsest.jobs.Job;
import dev.palimpsest.jobs.JobError;
import dev.palimpsest.jobs.Progress;
import dev.palimpsest.jobs.StatusReason;
import dev.palimpsest.metrics.Headline;
import dev.palimpsest.settings.Ids;
import dev.palimpsest.workers.QueuePlaces;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// A job as it is answered.
record JobBody(
        String object,
        String id,
        String name,
        String experimentId,
        String status,
        @Nullable String statusReason,
        @Nullable String statusMessage,
        @Nullable String phase,
        List<String> allowedActions,
        String methodName,
        String datasetId,
        String backboneId,
        String scenario,
        long seed,
        Map<String, @Nullable Object> gridPoint,
        String fingerprint,
        String device,
        String precision,
        int priority,
        @Nullable ProgressBody progress,
        @Nullable Integer queuePosition,
        @Nullable String waitingFor,
        @Nullable Instant estimatedStartAt,
        @Nullable Instant estimatedFinishAt,
        Instant createdAt,
        @Nullable Instant startedAt,
        @Nullable Instant finishedAt,
        double deviceSeconds,
        int attempts,
        int failures,
        int maxFailures,
        boolean resumable,
        @Nullable String parentCheckpointId,
        @Nullable String retryOf,
        @Nullable String retriedBy,
        @Nullable String latestCheckpointId,
        @Nullable HeadlineBody headline,
        @Nullable Object acceptance,
        List<TransitionBody> statusTransitions,
        List<WarningBody> warnings,
        @Nullable ErrorBody error,
        String owner,
        Map<String, String> metadata) {

    record ProgressBody(
            int task,
            int taskCount,
            int epoch,
            int epochCount,
            long step,
            double percent,
            @Nullable Double imagesPerSecond) {

        static ProgressBody of(Progress progress) {
            return new ProgressBody(
                    progress.task(),
                    progress.taskCount(),
                    progress.epoch(),
                    progress.epochCount(),
                    progress.step(),
                    progress.percent(),
                    progress.imagesPerSecond());
        }
    }

    record HeadlineBody(
            String definitionSet,
            int tasksLearned,
            @Nullable Double finalAccuracy,
            @Nullable Double averageIncrementalAccuracy,
            @Nullable Double forgetting) {

        static HeadlineBody of(Headline headline) {
            return new HeadlineBody(
                    headline.finalAccuracy().definition().set().id(),
                    headline.tasksLearned(),
                    headline.finalAccuracy().value(),
                    headline.averageIncrementalAccuracy().value(),
                    headline.forgetting().value());
        }
    }

    record TransitionBody(
            String status, String at, @Nullable String reason) {}

    record WarningBody(String code, @Nullable String param, String detail) {

        static WarningBody of(JobSheet.Warning warning) {
            return new WarningBody(warning.code(), warning.param(), warning.detail());
        }
    }

    record ErrorBody(String code, String detail, int attempt, boolean retryable) {

        static ErrorBody of(JobError error) {
            return new ErrorBody(error.code().wire(), error.detail(), error.attempt(), error.retryable());
        }
    }

    /// What is known of a job beside its row.
    ///
    /// @param resumable whether the next attempt would not begin from the start
    record Surroundings(
            @Nullable JobSheet sheet, @Nullable Headline headline, QueuePlaces.Place place, boolean resumable) {}

    static JobBody of(Job job, Surroundings around) {
        JobSheet sheet = around.sheet();
        Headline headline = around.headline();
        return new JobBody(
                "job",
                Ids.job(job.id()),
                job.name(),
                Ids.experiment(job.experimentId()),
                job.state().wire(),
                job.statusReason().map(StatusReason::wire).orElse(null),
                job.statusMessage().orElse(null),
                job.phase().orElse(null),
                job.state().allowedActions(),
                sheet == null ? "" : sheet.methodName(),
                sheet == null ? "" : sheet.datasetId(),
                sheet == null ? "" : sheet.backboneId(),
                sheet == null ? "" : sheet.scenario().wireName(),
                job.seed(),
                sheet == null ? Map.of() : sheet.gridPoint(),
                job.fingerprint(),
                job.pool(),
                job.precision(),
                job.priority(),
                job.progress().map(ProgressBody::of).orElse(null),
                around.place().position(),
                around.place().waitingFor(),
                around.place().estimatedStartAt(),
                around.place().estimatedFinishAt(),
                job.createdAt(),
                job.startedAt().orElse(null),
                job.finishedAt().orElse(null),
                job.deviceSeconds(),
                job.attempt(),
                job.failures(),
                job.maxFailures(),
                around.resumable(),
                text(sheet == null ? null : sheet.parentCheckpointId().orElse(null), Ids.CHECKPOINT),
                text(job.retryOf().orElse(null), Ids.JOB),
                text(job.retriedBy().orElse(null), Ids.JOB),
                text(job.latestCheckpointId().orElse(null), Ids.CHECKPOINT),
                headline == null ? null : HeadlineBody.of(headline),
                null,
                job.transitions().stream()
                        .map(move -> new TransitionBody(move.status(), move.at(), move.reason()))
                        .toList(),
                sheet == null
                        ? List.of()
                        : sheet.warnings().stream().map(WarningBody::of).toList(),
                job.error().map(ErrorBody::of).orElse(null),
                job.owner(),
                sheet == null ? Map.of() : sheet.metadata());
    }

    private static @Nullable String text(@Nullable UUID id, String prefix) {
        return Wire.text(id, prefix);
    }
}
