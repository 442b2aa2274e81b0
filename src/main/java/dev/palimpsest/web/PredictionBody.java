package dev.palimpsest.web;

import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.results.Predictions;
import dev.palimpsest.results.Predictions.Prediction;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// What one image was taken for in one row of the matrix.
@Schema(name = "Prediction")
record PredictionBody(
        @Schema(description = "Always prediction.") String object,

        @Schema(description = "Task and index of the image, task.index: the cursor for the next page.")
        String id,

        @Schema(description = "The last task learned when the image was decided, from 1.")
        int afterTask,

        @Schema(description = "Task of the image, from 1.") int task,

        @Schema(description = "Part of the data set that the image is from: test, or train for validation images.")
        String part,

        @Schema(description = "Place of the image in that part, from 0, as in /datasets/{id}/images/{index}.")
        int imageIndex,

        @Schema(description = "Class of the image, as a column of the head from 0.")
        int classIndex,

        @Schema(description = "Label of that class.") @Nullable
        String label,

        @Schema(description = "Class with the highest score, as a column of the head from 0.")
        int predictedClassIndex,

        @Schema(description = "Label of that class.") @Nullable
        String predictedLabel,

        @Schema(description = "Task of that class, from 1; null where tasks share their labels.") @Nullable
        Integer predictedTask,

        @Schema(description = "Whether the classes are the same.")
        boolean correct,

        @Schema(description = "Task that the method took the image to be from; null where it infers none.") @Nullable
        Integer inferredTask,

        @Schema(
                description = "Softmax of the image's class over the classes that took part, 0..1; kept for the last"
                        + " task's final row and null in all others.")
        @Nullable
        Double score,

        @Schema(description = "Softmax of the predicted class, likewise.") @Nullable
        Double predictedScore) {

    static final String HEADER = Csv.line(
            "after_task",
            "task",
            "part",
            "image_index",
            "class_index",
            "label",
            "predicted_class_index",
            "predicted_label",
            "predicted_task",
            "correct",
            "inferred_task",
            "score",
            "predicted_score");

    static PredictionBody of(Predictions.Row row, ClassNames names, Prediction image) {
        return new PredictionBody(
                "prediction",
                image.task() + "." + image.place(),
                row.afterTask(),
                image.task(),
                part(row.data()),
                image.place(),
                image.classIndex(),
                names.label(image.classIndex(), image.task()),
                image.predicted(),
                names.label(image.predicted(), image.task()),
                names.task(image.predicted()),
                image.correct(),
                image.inferredTask(),
                image.score(),
                image.predictedScore());
    }

    private static String part(EvaluationData data) {
        return switch (data) {
            case TEST -> "test";
            case VALIDATION -> "train";
        };
    }

    String csv() {
        return Csv.line(
                afterTask,
                task,
                part,
                imageIndex,
                classIndex,
                label,
                predictedClassIndex,
                predictedLabel,
                predictedTask,
                correct,
                inferredTask,
                score,
                predictedScore);
    }
}
