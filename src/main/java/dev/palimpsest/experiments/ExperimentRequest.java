package dev.palimpsest.experiments;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.data.ProfileName;
import dev.palimpsest.data.SplitSpec;
import dev.palimpsest.methods.MethodSettings;
import dev.palimpsest.methods.TrainingSettings;
import dev.palimpsest.results.Keep;
import dev.palimpsest.settings.Setting;
import dev.palimpsest.settings.SettingRefusedException;
import dev.palimpsest.training.TrainingPlan;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// An experiment as a person asks for it, after [PlanResolver] has filled in what follows from
/// the method, the data set and the backbone.
public record ExperimentRequest(
        @Setting(
                minLength = 1,
                maxLength = 120,
                defaultValue = "null",
                value = "Name; made from method and data set if absent.")
        @Nullable
        String name,

        @Setting(maxLength = 2000, defaultValue = "null", value = "What it is for.") @Nullable
        String description,

        @Setting(maxItems = 16, maxLength = 512, defaultValue = "{}", value = "Labels of your own.")
        Map<String, String> metadata,

        @Setting(
                maxLength = 128,
                defaultValue = "null",
                value = "A paper's protocol that the request is laid over; the methods list them.")
        @Nullable
        String preset,

        @Setting("Data set, by its id.") String datasetId,

        @Setting("Which classes make which task; the data set's default split if absent.")
        SplitSpec split,

        @Setting(defaultValue = "{}", value = "What the network sees; the backbone's own if absent.")
        Input input,

        @Setting("Backbone, by its id.") String backboneId,

        @Setting("The method and its settings.") MethodSettings method,

        @Setting(
                defaultValue = "null",
                value = "How a task is trained, laid over the method's recipe; null for a method that does not train.")
        @Nullable
        TrainingSettings training,

        @Setting(
                defaultValue = "\"fp32\"",
                value = "Number format; auto is the fastest mode of the worker's device, decided at the first attempt.")
        Precision precision,

        @Setting(defaultValue = "{}", value = "When and on what is evaluated.")
        Evaluation evaluation,

        @Setting(
                min = 0,
                max = 4294967295d,
                minItems = 1,
                maxItems = 64,
                distinct = true,
                defaultValue = "[0]",
                value = "One job for each.")
        List<Long> seeds,

        @Setting(defaultValue = "{}", value = "What is kept of a run.")
        Checkpoints checkpoints,

        @Setting(defaultValue = "\"auto\"", value = "auto is cuda if a worker has it, else cpu.")
        DeviceWish device,

        @Setting(min = -100, max = 100, defaultValue = "0", value = "Higher first; above 0 needs the role admin.")
        int priority,

        @Setting(defaultValue = "{}", value = "When a job is given up.")
        Limits limits) {

    private static final Pattern METADATA_KEY = Pattern.compile("[a-z0-9_.-]{1,64}");

    public ExperimentRequest {
        metadata = Map.copyOf(metadata);
        seeds = List.copyOf(seeds);
        for (String key : metadata.keySet()) {
            if (!METADATA_KEY.matcher(key).matches()) {
                throw new SettingRefusedException(
                        "out_of_range",
                        "metadata",
                        "A key of metadata must be 1..64 of a-z, 0-9, '_', '.' and '-', got '%s'.".formatted(key));
            }
        }
    }

    /// The request that gives one of the jobs again: all that its preset said stands in it.
    ExperimentRequest withSeed(long seed) {
        return new ExperimentRequest(
                name,
                description,
                metadata,
                null,
                datasetId,
                split,
                input,
                backboneId,
                method,
                training,
                precision,
                evaluation,
                List.of(seed),
                checkpoints,
                device,
                priority,
                limits);
    }

    /// What the network sees.
    public record Input(
            @Setting(defaultValue = "null", value = "Named recipe for pixels; the backbone's if absent.") @Nullable
            ProfileName profile,

            @Setting(
                    min = 32,
                    max = 518,
                    unit = "pixels",
                    defaultValue = "null",
                    value = "Side of the images, a multiple of the patch size; the backbone's if absent.")
            @Nullable
            Integer imageSize) {}

    public enum Precision {
        @JsonProperty("fp32")
        FP32("fp32"),
        @JsonProperty("bf16")
        BF16("bf16"),
        @JsonProperty("auto")
        AUTO("auto");

        private final String wire;

        Precision(String wire) {
            this.wire = wire;
        }

        public String wire() {
            return wire;
        }
    }

    public record Evaluation(
            @Setting(defaultValue = "\"every_task\"", value = "After which tasks.")
            TrainingPlan.EvaluateAfter after,

            @Setting(
                    min = 0,
                    max = 0.5,
                    defaultValue = "0.0",
                    value = "Share of the training images of each class that is kept for validation.")
            double validationFraction,

            @Setting(
                    min = 1,
                    max = 4096,
                    defaultValue = "256",
                    value = "Images evaluated at once; never changes a result.")
            int batchSize) {}

    public record Checkpoints(
            @Setting(defaultValue = "\"task_ends\"", value = "Which are kept when a newer one is there.")
            Keep keep,

            @Setting(
                    min = 1,
                    max = 1000,
                    defaultValue = "1",
                    value = "Epochs between two inside a task; null for task ends only.")
            @Nullable
            Integer everyEpochs) {}

    public enum DeviceWish {
        @JsonProperty("auto")
        AUTO,
        @JsonProperty("cpu")
        CPU,
        @JsonProperty("cuda")
        CUDA
    }

    public record Limits(
            @Setting(
                    min = 1,
                    defaultValue = "null",
                    unit = "seconds",
                    value = "Training time over all attempts; null for no limit.")
            @Nullable
            Long maxSeconds,

            @Setting(
                    min = 1,
                    max = 10,
                    defaultValue = "3",
                    value =
                            "Losses and retryable errors that end a job; waiting for storage or the database costs none.")
            int maxFailures) {}
}
