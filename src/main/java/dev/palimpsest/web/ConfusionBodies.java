package dev.palimpsest.web;

import dev.palimpsest.results.Predictions;
import dev.palimpsest.results.Predictions.Pair;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the images of a row were taken for, counted by task and by class.
final class ConfusionBodies {

    private ConfusionBodies() {}

    @Schema(name = "TaskConfusion")
    record OfTasks(
            @Schema(description = "Always task_confusion.") String object,
            @Schema(description = "Job that was measured.") String jobId,

            @Schema(description = "Stage that was asked for.")
            String stage,

            @Schema(description = "Images that were decided: test or validation.")
            String data,

            @Schema(description = "The last task learned, from 1: as many rows as that.")
            int afterTask,

            @Schema(description = "Tasks of the job: as many columns as that.")
            int taskCount,

            @Schema(
                    description =
                            "Images by their task (rows) and the task of the predicted class (columns); null where"
                                    + " tasks share their labels.")
            @Nullable
            List<List<Integer>> predicted,

            @Schema(description = "Of those, the ones with the right class; they lie on the diagonal.") @Nullable
            List<List<Integer>> correct,

            @Schema(
                    description =
                            "Images by their task and the task that the method inferred; null where it infers none.")
            @Nullable
            List<List<Integer>> inferred,

            @Schema(description = "Why predicted and correct are null: labels_shared.") @Nullable
            String nullReason,

            @Schema(description = "Why inferred is null: not_made_by_method.") @Nullable
            String inferredNullReason) {

        static OfTasks of(Predictions.Row row, Predictions.TaskConfusion counts) {
            List<List<Integer>> inferred = lists(counts.inferred());
            List<List<Integer>> predicted = lists(counts.predicted());
            return new OfTasks(
                    "task_confusion",
                    Ids.job(row.jobId()),
                    row.stage().wireName(),
                    row.data().wireName(),
                    row.afterTask(),
                    row.tasks().size(),
                    predicted,
                    lists(counts.correct()),
                    inferred,
                    predicted == null ? "labels_shared" : null,
                    inferred == null ? "not_made_by_method" : null);
        }

        private static @Nullable List<List<Integer>> lists(int[][] counts) {
            return counts.length == 0
                    ? null
                    : Arrays.stream(counts)
                            .map(row -> Arrays.stream(row).boxed().toList())
                            .toList();
        }

        String csv() {
            var text =
                    new StringBuilder(Csv.line("after_task", "task", "other_task", "predicted", "correct", "inferred"));
            for (int task = 0; task < afterTask; task++) {
                for (int other = 0; other < taskCount; other++) {
                    text.append(Csv.line(
                            afterTask,
                            task + 1,
                            other + 1,
                            predicted == null ? null : predicted.get(task).get(other),
                            correct == null ? null : correct.get(task).get(other),
                            inferred == null ? null : inferred.get(task).get(other)));
                }
            }
            return text.toString();
        }
    }

    @Schema(name = "ClassConfusion")
    record OfClasses(
            @Schema(description = "Always class_confusion.") String object,
            @Schema(description = "Job that was measured.") String jobId,

            @Schema(description = "Stage that was asked for.")
            String stage,

            @Schema(description = "Images that were decided: test or validation.")
            String data,

            @Schema(description = "The last task learned, from 1.")
            int afterTask,

            @Schema(description = "Task whose images are counted; null for all.") @Nullable
            Integer task,

            @Schema(description = "How many different pairs there are.")
            int pairCount,

            @Schema(description = "Pairs of classes, the most frequent first, then in the order of the head.")
            List<PairBody> pairs) {

        static OfClasses of(
                Predictions.Row row, @Nullable Integer task, List<Pair> pairs, ClassNames names, int limit) {
            return new OfClasses(
                    "class_confusion",
                    Ids.job(row.jobId()),
                    row.stage().wireName(),
                    row.data().wireName(),
                    row.afterTask(),
                    task,
                    pairs.size(),
                    pairs.stream()
                            .limit(limit)
                            .map(pair -> PairBody.of(pair, task == null ? row.afterTask() : task, names))
                            .toList());
        }

        String csv() {
            var text = new StringBuilder(Csv.line(
                    "after_task", "class_index", "label", "predicted_class_index", "predicted_label", "images"));
            pairs.forEach(pair -> text.append(Csv.line(
                    afterTask,
                    pair.classIndex,
                    pair.label,
                    pair.predictedClassIndex,
                    pair.predictedLabel,
                    pair.images)));
            return text.toString();
        }
    }

    @Schema(name = "ClassPair")
    record PairBody(
            @Schema(description = "Class of the images, as a column of the head from 0.")
            int classIndex,

            @Schema(description = "Its label.") @Nullable String label,

            @Schema(description = "Class that they were taken for; the same where they are right.")
            int predictedClassIndex,

            @Schema(description = "Its label.") @Nullable String predictedLabel,
            @Schema(description = "How many images.") int images) {

        private static PairBody of(Pair pair, int task, ClassNames names) {
            return new PairBody(
                    pair.classIndex(),
                    names.label(pair.classIndex(), task),
                    pair.predicted(),
                    names.label(pair.predicted(), task),
                    pair.images());
        }
    }
}
