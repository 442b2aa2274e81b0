package dev.palimpsest.web;

import dev.palimpsest.checkpoints.CheckpointManifest;
import dev.palimpsest.checkpoints.StoredFile;
import dev.palimpsest.http.Pages;
import dev.palimpsest.http.Wire;
import dev.palimpsest.metrics.Headline;
import dev.palimpsest.results.CheckpointRow;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.util.MultiValueMap;

/// A checkpoint as it is answered.
record CheckpointBody(
        String object,
        String id,
        String jobId,

        @Schema(description = "The merge that made it; null for a checkpoint of a run") @Nullable
        String mergeId,

        int attempt,
        String kind,
        int task,
        @Nullable Integer epoch,
        String stage,
        String status,
        int formatVersion,
        boolean resumable,
        boolean continuable,
        List<String> contains,
        String backboneId,
        String backboneSha256,
        int classCount,
        long sizeBytes,
        String sha256,
        List<FileBody> files,
        JobBody.@Nullable HeadlineBody headline,
        boolean pinned,
        @Nullable Instant retainedUntil,
        @Nullable String note,
        Instant createdAt) {

    record FileBody(String name, long sizeBytes, String sha256) {

        static FileBody of(StoredFile file) {
            return new FileBody(file.name(), file.sizeBytes(), file.sha256());
        }
    }

    /// @param headline of the job as it was after the checkpoint's task
    static CheckpointBody of(CheckpointRow row, Headline headline) {
        boolean measured = row.kind() == CheckpointManifest.Kind.TASK_END && headline.tasksLearned() > 0;
        return new CheckpointBody(
                "checkpoint",
                Ids.checkpoint(row.id()),
                Ids.job(row.jobId()),
                row.mergeId().map(Ids::merge).orElse(null),
                row.attempt(),
                Wire.word(row.kind()),
                row.task(),
                row.epoch().orElse(null),
                "final",
                row.status().wire(),
                row.formatVersion(),
                row.resumable(),
                row.continuable(),
                row.contains(),
                row.backboneId(),
                row.backboneSha256(),
                row.classCount(),
                row.sizeBytes(),
                row.sha256(),
                row.files().stream().map(FileBody::of).toList(),
                measured ? JobBody.HeadlineBody.of(headline) : null,
                false,
                null,
                null,
                row.createdAt());
    }

    /// The rows of a page and one more, if there is one.
    static List<CheckpointRow> select(List<CheckpointRow> all, MultiValueMap<String, String> query, Pages page) {
        List<CheckpointManifest.Kind> kinds = query.getOrDefault("kind", List.of()).stream()
                .map(word -> Wire.choice("kind", word, CheckpointManifest.Kind.class))
                .toList();
        List<Integer> tasks = query.getOrDefault("task", List.of()).stream()
                .map(CheckpointBody::task)
                .toList();
        Comparator<CheckpointRow> byId = Comparator.comparing(CheckpointRow::id);
        return all.stream()
                .filter(row -> kinds.isEmpty() || kinds.contains(row.kind()))
                .filter(row -> tasks.isEmpty() || tasks.contains(row.task()))
                .filter(row -> page.after() == null
                        || (page.ascending()
                                ? row.id().compareTo(page.after()) > 0
                                : row.id().compareTo(page.after()) < 0))
                .sorted(page.ascending() ? byId : byId.reversed())
                .limit(page.limit() + 1L)
                .toList();
    }

    private static int task(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw Wire.badParameter("task", "task must be a whole number, got '%s'.".formatted(text));
        }
    }
}
