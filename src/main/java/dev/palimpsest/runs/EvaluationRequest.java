package dev.palimpsest.runs;

import dev.palimpsest.settings.Setting;
import dev.palimpsest.training.EvaluationProtocol;
import org.jspecify.annotations.Nullable;

/// How a checkpoint is to be measured.
public record EvaluationRequest(
        @Setting(
                maxLength = 64,
                defaultValue = "null",
                value = "Data set whose test images are taken, with the same labels for the tasks it covers; null for"
                        + " the job's own.")
        @Nullable
        String datasetId,

        @Setting(
                defaultValue = "\"per_image\"",
                value = "Each image by itself; batch_majority_task is the batch-wise vote of published programs, which"
                        + " leaks the task identity.")
        EvaluationProtocol protocol,

        @Setting(
                min = 1,
                max = 4096,
                defaultValue = "256",
                value = "Images evaluated at once. Never changes a result of per_image; under batch_majority_task these"
                        + " images of one task vote together.")
        int batchSize,

        @Setting(minLength = 1, maxLength = 120, defaultValue = "null", value = "Name for people.") @Nullable
        String name) {}
