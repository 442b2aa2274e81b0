package dev.palimpsest.web;

import dev.palimpsest.metrics.Flips;
import dev.palimpsest.metrics.McNemar;
import dev.palimpsest.results.Predictions;
import dev.palimpsest.settings.Ids;
import io.swagger.v3.oas.annotations.media.Schema;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The same images in two rows, of one job or of two.
@Schema(name = "JobFlips")
record FlipsBody(
        @Schema(description = "Always flips.") String object,

        @Schema(description = "Job of the row that is looked at.")
        String jobId,

        @Schema(description = "That row: the last task learned, from 1.")
        int afterTask,

        @Schema(description = "Job of the row before.") String fromJobId,

        @Schema(description = "The row before: the last task learned there, from 1.")
        int fromAfterTask,

        @Schema(description = "Stage that was asked for.") String stage,

        @Schema(description = "Images that were decided: test or validation.")
        String data,

        @Schema(description = "Over all images that both rows measured.")
        Counts total,

        @Schema(description = "The same by task of the row that is looked at.")
        List<Counts> byTask) {

    @Schema(name = "Flips")
    record Counts(
            @Schema(description = "Task of the images, from 1; null for all.") @Nullable
            Integer task,

            @Schema(description = "Images that both rows measured.")
            int images,

            @Schema(description = "Right before, wrong now.")
            int negativeFlips,

            @Schema(description = "Wrong before, right now.")
            int positiveFlips,

            @Schema(description = "Right both times.") int bothCorrect,
            @Schema(description = "Wrong both times.") int bothWrong,

            @Schema(description = "Negative flips of the images, percent; null without images.") @Nullable
            Double negativeFlipRate,

            @Schema(description = "Positive flips of the images, percent; null without images.") @Nullable
            Double positiveFlipRate,

            @Schema(
                    description = "McNemar's exact test, two-sided: how likely flips this uneven are by chance; null"
                            + " without images.")
            @Nullable
            Double mcnemarP) {

        private static Counts of(@Nullable Integer task, Flips flips) {
            return new Counts(
                    task,
                    flips.images(),
                    flips.negative(),
                    flips.positive(),
                    flips.bothRight(),
                    flips.bothWrong(),
                    flips.negativeRate(),
                    flips.positiveRate(),
                    flips.images() == 0 ? null : McNemar.p(flips));
        }
    }

    static FlipsBody of(Predictions.Row from, Predictions.Row now, List<Flips> flips) {
        var byTask = new ArrayList<Counts>();
        for (int task = 1; task <= flips.size(); task++) {
            byTask.add(Counts.of(task, flips.get(task - 1)));
        }
        return new FlipsBody(
                "flips",
                Ids.job(now.jobId()),
                now.afterTask(),
                Ids.job(from.jobId()),
                from.afterTask(),
                now.stage().wireName(),
                now.data().wireName(),
                Counts.of(null, flips.stream().reduce(Flips.NONE, Flips::plus)),
                byTask);
    }
}
