package dev.palimpsest.checkpoints;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/// What a checkpoint is and what is in it, written last as `manifest.json`.
///
/// The only file that knows job, attempt and time: equal tensors make equal files. Tasks, epochs and steps
/// count from 1, as in every JSON; class indices, the columns of the head, from 0.
///
/// @param fingerprint of the plan, `sha256:...`
/// @param task the last task learned, or the one being learned for `in_task`
/// @param epoch epochs of that task that are complete; null at the end of a task
/// @param step optimiser steps of the whole job so far
/// @param trainSeconds seconds of training so far in the task of `in_task`; null at the end of a task
/// @param contains what a reader may expect: `adapters`, `heads`, `method_state`, ...
/// @param counts rows measured so far, also those of a parent
/// @param files all files but this one, by name; filled in by the draft
public record CheckpointManifest(
        int formatVersion,
        String checkpointId,
        String jobId,
        int attempt,
        Instant createdAt,
        String fingerprint,
        Kind kind,
        int task,
        @Nullable Integer epoch,
        long step,
        @Nullable Double trainSeconds,
        boolean resumable,
        boolean continuable,
        List<String> contains,
        List<KnownClass> classes,
        Source backbone,
        Source dataset,
        RandomPosition random,
        List<CountRow> counts,
        List<StoredFile> files) {

    /// The format that is written; another one is not read.
    public static final int FORMAT_VERSION = 1;

    /// The manifest's own name beside the files it lists.
    public static final String FILE = "manifest.json";

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .disable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .defaultPrettyPrinter(new DefaultPrettyPrinter().withObjectIndenter(new DefaultIndenter("  ", "\n")))
            .build();

    /// Where in a run the checkpoint was made.
    public enum Kind {
        @JsonProperty("task_end")
        TASK_END,
        @JsonProperty("in_task")
        IN_TASK,
        @JsonProperty("merged")
        MERGED
    }

    /// A class the heads know.
    ///
    /// @param index column of the head, from 0
    public record KnownClass(String label, int task, int index) {}

    /// A backbone or a data set with the digest of what was used.
    public record Source(String id, String sha256) {}

    /// From where the random streams go on: a seed and a position for each stream are enough.
    public record RandomPosition(long seed, Map<String, Long> streams) {

        public RandomPosition {
            streams = Collections.unmodifiableMap(new TreeMap<>(streams));
        }
    }

    /// Counts of one row in one measure.
    ///
    /// @param stage `final`, `before_alignment` or `before_few_shot`
    /// @param data `test` or `validation`
    /// @param images images of each task from the first on
    /// @param correct how many of them were right; null = not measured
    public record CountRow(
            int afterTask,
            String stage,
            String data,
            String measure,
            List<Integer> images,
            List<@Nullable Integer> correct) {

        public CountRow {
            images = List.copyOf(images);
            correct = Collections.unmodifiableList(new ArrayList<@Nullable Integer>(correct));
        }
    }

    public CheckpointManifest {
        contains = List.copyOf(contains);
        classes = List.copyOf(classes);
        counts = List.copyOf(counts);
        files = List.copyOf(files);
        if (formatVersion != FORMAT_VERSION) {
            throw new IllegalArgumentException(
                    "format_version must be %d, got %d".formatted(FORMAT_VERSION, formatVersion));
        }
        if (task < 0 || step < 0) {
            throw new IllegalArgumentException("task and step must be at least 0, got %d and %d".formatted(task, step));
        }
    }

    public CheckpointKey key() {
        return new CheckpointKey(jobId, attempt, checkpointId);
    }

    CheckpointManifest withFiles(List<StoredFile> written) {
        return new CheckpointManifest(
                formatVersion,
                checkpointId,
                jobId,
                attempt,
                createdAt,
                fingerprint,
                kind,
                task,
                epoch,
                step,
                trainSeconds,
                resumable,
                continuable,
                contains,
                classes,
                backbone,
                dataset,
                random,
                counts,
                written);
    }

    /// The bytes of `manifest.json`: the same for the same values.
    public byte[] toJson() {
        return MAPPER.writeValueAsBytes(this);
    }

    /// Reads what [#toJson] wrote.
    ///
    /// @throws IllegalArgumentException if the bytes are no manifest of this format
    public static CheckpointManifest fromJson(byte[] json) {
        try {
            return MAPPER.readValue(json, CheckpointManifest.class);
        } catch (JacksonException unreadable) {
            throw new IllegalArgumentException("no manifest: " + unreadable.getOriginalMessage(), unreadable);
        }
    }
}
