package dev.palimpsest.web;

import dev.palimpsest.experiments.JobSearch;
import dev.palimpsest.http.Wire;
import dev.palimpsest.metrics.EvaluationData;
import dev.palimpsest.metrics.Stage;
import dev.palimpsest.results.Predictions;
import dev.palimpsest.results.Predictions.Row;
import dev.palimpsest.results.Results;
import dev.palimpsest.settings.RequestRefusedException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Which row of which matrix a question about predictions means, and where its page begins.
@Component
class AskedRows {

    static final String AFTER_TASK = "Row of the matrix: the last task learned, from 1; the last row by itself.";
    static final String STAGE =
            "State of the model: final, or before_alignment, which is the final one where a task has no alignment.";
    static final String DATA = "Images: test, or validation for training images kept away from training.";
    static final String TASK = "Only images of this task, from 1.";
    static final String NOT_KEPT =
            "The row was not measured, or by a version that kept counts and no predictions (predictions_not_kept)";
    private static final Pattern CURSOR = Pattern.compile("(\\d{1,9})\\.(\\d{1,9})");

    private final JobSearch search;
    private final Results results;
    private final Predictions predictions;

    AskedRows(JobSearch search, Results results, Predictions predictions) {
        this.search = search;
        this.results = results;
        this.predictions = predictions;
    }

    Row find(String jobId, @Nullable Integer afterTask, String stage, String data) {
        return predictions.row(
                search.get(Wire.jobId(jobId)).id(),
                Wire.choice("data", data, EvaluationData.class),
                Wire.choice("stage", stage, Stage.class),
                afterTask);
    }

    boolean sharesLabels(Row row) {
        return results.scenario(row.jobId()).sharesLabels();
    }

    ClassNames names(Row row) {
        return new ClassNames(row.tasks(), sharesLabels(row));
    }

    /// The first task of an answer about one task or all.
    static int first(@Nullable Integer task) {
        return task == null ? 1 : task;
    }

    static int last(@Nullable Integer task, Row row) {
        return task == null ? row.afterTask() : task;
    }

    /// Behind which image or class a page begins.
    record Place(int task, int number) {

        static Place of(@Nullable String after) {
            if (after == null) {
                return new Place(1, -1);
            }
            Matcher parts = CURSOR.matcher(after);
            if (!parts.matches()) {
                throw new RequestRefusedException(
                        400,
                        "invalid_cursor",
                        "after",
                        "after must be the last id of a page, as 3.812, got '%s'.".formatted(after));
            }
            return new Place(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)));
        }
    }
}
