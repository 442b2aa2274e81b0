package dev.palimpsest.web;

import dev.palimpsest.results.ClassNumbers;
import io.swagger.v3.oas.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// One class of a job in one row of the matrix.
@Schema(name = "JobClass")
record JobClassBody(
        @Schema(description = "Always job_class.") String object,

        @Schema(description = "Task and column of the head, task.column: the cursor for the next page.")
        String id,

        @Schema(description = "Task whose images are looked at, from 1.")
        int task,

        @Schema(description = "Column of the head, from 0.") int classIndex,
        @Schema(description = "Its label.") @Nullable String label,

        @Schema(description = "Images of the class in this task.")
        int images,

        @Schema(description = "How many of them are right in this row.")
        int correct,

        @Schema(description = "Accuracy right after its task, percent; null where that was not measured or not kept.")
        @Nullable
        Double learned,

        @Schema(
                description = "Highest accuracy from its task to this row, percent; null where a row in between was not"
                        + " measured or not kept.")
        @Nullable
        Double best,

        @Schema(description = "Accuracy in this row, percent.")
        double now,

        @Schema(description = "Images wrong in this row and right in an earlier one; null as best.") @Nullable
        Integer forgotten,

        @Schema(description = "Images right in this row and wrong in an earlier one; null as best.") @Nullable
        Integer recovered,

        @Schema(description = "What most of its wrong images were taken for; null if none is wrong.") @Nullable
        Confused mostConfusedWith) {

    static final String HEADER = Csv.line(
            "task",
            "class_index",
            "label",
            "images",
            "correct",
            "learned",
            "best",
            "now",
            "forgotten",
            "recovered",
            "confused_with",
            "confused_images");

    /// A class that images of another were taken for.
    @Schema(name = "ConfusedClass")
    record Confused(
            @Schema(description = "Column of the head, from 0.")
            int classIndex,

            @Schema(description = "Its label.") @Nullable String label,

            @Schema(description = "Its task, from 1; null where tasks share their labels.") @Nullable
            Integer task,

            @Schema(description = "Images that were taken for it.")
            int images) {}

    static JobClassBody of(ClassNames names, ClassNumbers one) {
        Integer other = one.confusedWith();
        return new JobClassBody(
                "job_class",
                one.task() + "." + one.classIndex(),
                one.task(),
                one.classIndex(),
                names.label(one.classIndex(), one.task()),
                one.images(),
                one.correct(),
                one.learned(),
                one.best(),
                one.now(),
                one.forgotten(),
                one.recovered(),
                other == null
                        ? null
                        : new Confused(other, names.label(other, one.task()), names.task(other), one.confused()));
    }

    String csv() {
        return Csv.line(
                task,
                classIndex,
                label,
                images,
                correct,
                learned,
                best,
                now,
                forgotten,
                recovered,
                mostConfusedWith == null ? null : mostConfusedWith.label,
                mostConfusedWith == null ? null : mostConfusedWith.images);
    }
}
