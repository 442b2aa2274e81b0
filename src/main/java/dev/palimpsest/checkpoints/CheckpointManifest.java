package dev.palimpsest.checkpoints;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
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
/// @param plan all that decides the run, as its fingerprint reads it; null in format 1
/// @param model how the files make a model that classifies; null in format 1
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
        @Nullable JsonNode plan,
        @Nullable ServedModel model,
        List<StoredFile> files) {

    /// The format that is written. Older ones are read as well: 2, which knew neither a map of features nor a dense
    /// change, and 1, which had neither plan nor model.
    public static final int FORMAT_VERSION = 3;

    private static final int DENSE_FORMAT = 3;
    private static final int MODEL_FORMAT = 2;

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

    /// From where the random streams go on: seeds are derived from that of the run and the place in it, so task, epoch
    /// and step say the rest. Format 1 also had the next task under each stream's name.
    @JsonIgnoreProperties("streams")
    public record RandomPosition(long seed) {}

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
        if (formatVersion < 1 || formatVersion > FORMAT_VERSION) {
            throw new IllegalArgumentException(
                    "format_version must be 1..%d, got %d".formatted(FORMAT_VERSION, formatVersion));
        }
        boolean complete = plan != null && plan.isObject() && model != null;
        if (formatVersion >= MODEL_FORMAT && !complete) {
            throw new IllegalArgumentException("plan and model must be there from format_version 2 on");
        }
        if (formatVersion < DENSE_FORMAT && model != null && model.dense()) {
            throw new IllegalArgumentException("format_version must be at least %d for a dense change, got %d"
                    .formatted(DENSE_FORMAT, formatVersion));
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
                plan,
                model,
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
