package dev.palimpsest.training;

import com.fasterxml.jackson.annotation.JsonProperty;
import dev.palimpsest.methods.Inference;
import java.util.Locale;

/// How a stored model is measured.
public enum EvaluationProtocol {
    /// Every image by itself, as in the matrix of a job.
    @JsonProperty("per_image")
    PER_IMAGE,

    /// Images of a batch are classified under the task that most of them seem to be from. Published numbers
    /// were made like this; a batch holds images of one task, so it leaks what is to be found out.
    @JsonProperty("batch_majority_task")
    BATCH_MAJORITY_TASK;

    /// Whether the decision about an image knows more of its task than the image shows.
    public boolean leaksTaskIdentity() {
        return switch (this) {
            case PER_IMAGE -> false;
            case BATCH_MAJORITY_TASK -> true;
        };
    }

    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The inference of a method under this protocol.
    ///
    /// @throws IllegalArgumentException if images are to vote on their task and the method infers none
    Inference of(Inference inference, int batchSize) {
        return switch (this) {
            case PER_IMAGE -> inference;
            case BATCH_MAJORITY_TASK -> {
                if (!(inference instanceof Inference.ByInferredTask each)) {
                    throw new IllegalArgumentException(
                            wire() + " needs a method that infers the task of an image, got " + inference);
                }
                yield new Inference.ByBatchMajority(each, batchSize);
            }
        };
    }
}
